/** Prometheus' text, read back: one scrape as numbers by series. */
export interface Series {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** `name{label="value",...} number`; comments and what is no such line are passed over. */
const LINE = /^(([A-Za-z_:][\w:]*)(?:\{(.*)\})?) (\S+)$/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\n': '\n', '\\"': '"', '\\\\': '\\' };

/** Reads one text as `createExpositionReader` does. */
export const parseExposition = (text: string): Series[] => createExpositionReader()(text);

/**
 * A reader of one server's texts. What a series is called is kept once for all of them, and in a copy: a part of a text
 * would hold on to the whole.
 */
export const createExpositionReader = (): ((text: string) => Series[]) => {
  const known = new Map<string, Omit<Series, 'value'>>();
  const named = (called: string, metric: string, labels: string): Omit<Series, 'value'> => {
    const series = {
      metric: copyOf(metric),
      labels: Object.fromEntries(
        Array.from(labels.matchAll(LABEL), ([, name, value]) => [
          copyOf(name),
          copyOf(value.replace(/\\[n"\\]/g, (escaped) => ESCAPES[escaped])),
        ]),
      ),
    };
    known.set(copyOf(called), series);
    return series;
  };
  return (text) =>
    text.split('\n').flatMap((line): Series[] => {
      const found = LINE.exec(line);
      if (found === null) return [];
      const [, called, metric, labels = '', value] = found;
      const series = known.get(called) ?? named(called, metric, labels);
      return [{ metric: series.metric, labels: series.labels, value: numberOf(value) }]; // a spread would make each a shape of its own
    });
};

/** The same text in memory of its own. */
const copyOf = (text: string): string => Buffer.from(text).toString();

const numberOf = (text: string): number => {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text);
};
