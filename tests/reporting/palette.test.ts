import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { colourVariables, lineLooks } from '../../src/reporting/palette.ts';

const variablesIn = (css: string): Map<string, string> =>
  new Map([...css.matchAll(/(--chart-[\w-]+):\s*([^;]+);/g)].map(([, name, value]) => [name, value]));

/** Relative luminance and contrast, as WCAG 2 defines them. */
const luminance = (hex: string): number => {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string): number => {
  const [light, dark] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
};

describe.each(['light', 'dark'] as const)('the %s colours', (scheme) => {
  const colours = variablesIn(colourVariables(scheme));
  const of = (name: string): string => colours.get(`--chart-${name}`) ?? expect.fail(`no colour ${name}`);

  it('can be read on their ground: text at 7 to 1, marks and lines at 4.5 to 1', () => {
    for (const text of ['ink', 'ink-soft']) expect(contrast(of(text), of('ground'))).toBeGreaterThan(7);
    for (const mark of [...colours.keys()].filter((name) => /good|bad|line-\d/.test(name))) {
      expect(contrast(colours.get(mark) ?? '', of('ground')), mark).toBeGreaterThan(4.5);
    }
  });

  it('are those of the lab, whose style sheet has its own ground and ink', () => {
    const css = readFileSync(new URL('../../web/lab.css', import.meta.url), 'utf8');
    const [dark, light] = css.split('@media (prefers-color-scheme: light)');
    for (const [name, value] of variablesIn(scheme === 'dark' ? dark : light)) {
      if (!value.startsWith('var(')) expect([name, value]).toEqual([name, colours.get(name)]);
    }
  });
});

it('tells lines apart by colour and then by dash, and gives a pair one colour', () => {
  const { colours, dashes } = lineLooks(12, false);
  expect(new Set(colours.map((colour, i) => `${colour} ${dashes[i]}`)).size).toBe(12);
  const pairs = lineLooks(4, true);
  expect(pairs.colours[0]).toBe(pairs.colours[1]);
  expect(pairs.colours[1]).not.toBe(pairs.colours[2]);
  expect(pairs.dashes[0]).not.toEqual(pairs.dashes[1]);
});
