import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { reportPage } from '../../src/reporting/report-page.ts';
import { measured, resultOf } from './measured.ts';

const run = (file: string, ...given: Parameters<typeof resultOf>) => ({ file, result: resultOf(...given) });
const P99 = { unit: 'ms', budget: 10, sense: 'at-most' } as const;

const page = await reportPage([
  run('one.json', 'serving', [
    measured('a.p99', 5, { ...P99, ci: [4, 6], pass: true, definition: 'what it <is>' }),
    measured('b.p99', 20, { ...P99, pass: false }),
    measured('<img src=x onerror=alert(1)>', 1, { unit: '"pages"' }),
  ]),
]);

describe('the page', () => {
  it('asks for nothing and runs nothing: its policy allows its own style alone', () => {
    const style = /<style>([\s\S]*?)<\/style>/.exec(page)?.[1] ?? '';
    const hash = createHash('sha256').update(style).digest('base64');
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)?.[1].replaceAll('&#39;', "'");
    expect(policy).toBe(
      `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`,
    );
    expect(page).not.toMatch(/<script|<link|<img|<iframe|\sstyle=|\son\w+="/);
    expect(page.replaceAll(/xmlns(:\w+)?="[^"]*"/g, '').replaceAll(/href="data:[^"]*"/g, '')).not.toContain(
      '://',
    );
  });

  it('shows budgets before charts, the missed ones first, and how it was run last', () => {
    const at = (text: string): number => {
      expect(page).toContain(text);
      return page.indexOf(text);
    };
    const order = ['b.<wbr>p99', 'a.<wbr>p99', '<svg', '0123456789abcdef', '20.19.0', 'a processor'].map(at);
    expect([...order].sort((a, b) => a - b)).toEqual(order);
    expect(page).toContain('1 of 2 budgets are met');
    expect(page).toContain('what it &lt;is&gt;');
    expect(page).toContain('5.0 ms [4.0, 6.0]');
  });

  it('carries each chart as files whose content is the drawing and the numbers', () => {
    const links = [...page.matchAll(/download="([^"]+)" href="data:([^;]+);charset=utf-8,([^"]+)"/g)];
    expect(links.map(([, name, type]) => [name, type])).toEqual([
      ['suite-1-latency-budgets.svg', 'image/svg+xml'],
      ['suite-1-latency-budgets.csv', 'text/csv'],
    ]);
    expect(decodeURIComponent(links[0][3])).toMatch(/^<svg [\s\S]*<\/svg>$/);
    expect(decodeURIComponent(links[1][3])).toContain('b.p99,20,20,20,10,2,2,2,over budget\r\n');
  });

  it('gives every element an id of its own', () => {
    const ids = [...page.matchAll(/\sid="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('several files', () => {
  it('of one suite are compared, of several suites are sections', async () => {
    const figures = (value: number) => [
      measured('a.p99', value, { ...P99, ci: [value - 1, value + 1], pass: value < 10 }),
    ];
    const text = await reportPage([
      run('old.json', 'serving', figures(15)),
      run('new.json', 'serving', figures(5)),
      run('other.json', 'ranking', [measured('x', 1)]),
    ]);
    expect(text).toContain('now passes; better');
    expect(text).toContain('-10.0 ms [-11.4, -8.6]');
    expect(text).toContain('How it was run: before');
    expect(text).toContain('1 of 1 budgets are met');
    expect([...text.matchAll(/<h2>(\w+)<\/h2>/g)].map(([, suite]) => suite)).toEqual(['serving', 'ranking']);
  });

  it('of one suite are two at most', async () => {
    const three = ['a', 'b', 'c'].map((file) => run(file, 'serving', [measured('x', 1)]));
    await expect(reportPage(three)).rejects.toThrow(
      "got 3 files of 'serving' (a, b, c), expected one, or two",
    );
  });
});
