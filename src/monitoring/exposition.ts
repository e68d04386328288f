/** Prometheus' text, read back: one scrape as numbers by series. */
export interface Series {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `name{label="value",...} number`; comments and what is no such line are passed over. */
const LINE = /^([A-Za-z_:][\w:]*)(?:\{(.*)\})? (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

export const parseExposition = (text: string): Series[] =>
  text.split('\n').flatMap((line): Series[] => {
    const found = LINE.exec(line);
    if (found === null) return [];
    const labels = Array.from(
      (found[2] ?? '').matchAll(LABEL),
      ([, name, value]) => [name, value.replace(/\\[n"\\]/g, (escaped) => ESCAPES[escaped])] as const,
    );
    return [{ metric: found[1], labels: Object.fromEntries(labels), value: numberOf(found[3]) }];
  });

const numberOf = (text: string): number => {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
};
