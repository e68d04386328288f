/** Values that fit a JSON schema, values that nearly do, and text that troubles whoever reads it. */
import type { Rng } from '../../src/domain/rng.ts';

export interface JsonSchema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Texts that are known under a name, such as ids. */
export type Known = (name: string) => string | undefined;

/** A value that fits, as far as the schema's words go that are read here. */
export const fuzzValue = (schema: JsonSchema, rng: Rng, known: Known, name = ''): unknown => {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(rng.next() * from.length)];
  if (schema.const !== undefined) return schema.const;
  if (schema.enum !== undefined) return pick(schema.enum);
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return fuzzValue(pick(choices), rng, known, name);
  switch (schema.type) {
    case 'object': {
      const { properties = {}, required = [] } = schema;
      const present = Object.entries(properties).filter(
        ([key]) => required.includes(key) || rng.next() < 0.5,
      );
      return Object.fromEntries(present.map(([key, each]) => [key, fuzzValue(each, rng, known, key)]));
    }
    case 'array':
      return Array.from({ length: 1 + Math.floor(3 * rng.next()) }, () =>
        fuzzValue(schema.items ?? {}, rng, known, name),
      );
    case 'integer':
      return Math.floor(between(schema, rng));
    case 'number':
      return between(schema, rng);
    case 'boolean':
      return rng.next() < 0.5;
    case 'null':
      return null;
    default:
      return known(name) ?? `fuzz-${Math.floor(1e9 * rng.next())}`;
  }
};

const between = ({ minimum = 0, maximum = minimum + 1e6 }: JsonSchema, rng: Rng): number =>
  rng.next() < 0.2 ? (rng.next() < 0.5 ? minimum : maximum) : minimum + (maximum - minimum) * rng.next();

/** The value with something wrong at one place, or at the top. */
export const spoiled = (value: unknown, rng: Rng): unknown => {
  if (Array.isArray(value) && value.length > 0 && rng.next() < 0.8) {
    const at = Math.floor(rng.next() * value.length);
    return value.map((each, i) => (i === at ? spoiled(each, rng) : each));
  }
  if (typeof value !== 'object' || value === null || rng.next() < 0.1) return strangeValue(rng);
  const keys = Object.keys(value);
  const key = keys[Math.floor(rng.next() * keys.length)] ?? strangeText(rng);
  const { [key]: own, ...others } = value as Record<string, unknown>;
  const draw = rng.next();
  if (draw < 0.2) return others;
  if (draw < 0.4) return { ...value, [strangeText(rng)]: strangeValue(rng) };
  return { ...others, [key]: draw < 0.6 ? spoiled(own, rng) : strangeValue(rng) };
};

const strangeValue = (rng: Rng): unknown => {
  const values = [
    ...[
      null,
      true,
      false,
      0,
      -0,
      -1,
      1.5,
      1e308,
      -1e308,
      Number.MAX_SAFE_INTEGER + 2,
      2 ** 31,
      2 ** 32,
      5e-324,
    ],
    ...['', ' ', '0', 'null', [], {}, [[]], [null], { length: 1e9 }, { toString: 1 }, { toJSON: null }],
    strangeText(rng),
    nested(1 + Math.floor(40 * rng.next())),
    Array.from({ length: Math.floor(600 * rng.next()) }, () => 0),
  ];
  return values[Math.floor(rng.next() * values.length)];
};

const nested = (depth: number): unknown =>
  depth === 0 ? 0 : depth % 2 === 0 ? [nested(depth - 1)] : { a: nested(depth - 1) };

const STRANGE_TEXTS = [
  ...[
    '',
    ' ',
    '.',
    '..',
    '../../etc/passwd',
    '..%2f',
    '%',
    '%00',
    '%zz',
    '\0',
    '\n',
    '\r\nX-A: b',
    '\t',
    '/',
    '\\',
    '//',
    '?',
    '#',
    '&',
    '=',
    '+',
  ],
  ...[
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    'length',
    'null',
    'undefined',
    'NaN',
    'true',
    '-0',
    '1e999',
  ],
  ...[
    '0x10',
    '010',
    ' 10',
    '1_000',
    '٣',
    '１',
    '-1',
    '99999999999999999999',
    'Infinity',
    '\ud800',
    '\u202e',
    '\ufeff',
    'é',
    'e\u0301',
    '😀',
    '한',
  ],
  ...[
    "' OR 1=1 --",
    '"><script>alert(1)</script>',
    '$' + '{7*7}',
    '{{7*7}}',
    ';ls',
    '|id',
    '`id`',
    '*',
    '{',
    '}',
    '[',
    ']',
    '(a+)+$',
  ],
  ...[
    'a'.repeat(64),
    'a'.repeat(65),
    'a'.repeat(2_000),
    '/'.repeat(300),
    '😀'.repeat(300),
    '.'.repeat(64),
    ':',
    '::',
    'profile/{m}',
  ],
];

/** Text that means something to somebody, cut, joined or drawn at random. */
export const strangeText = (rng: Rng): string => {
  const one = STRANGE_TEXTS[Math.floor(rng.next() * STRANGE_TEXTS.length)];
  const draw = rng.next();
  if (draw < 0.7) return one;
  if (draw < 0.85) return one + STRANGE_TEXTS[Math.floor(rng.next() * STRANGE_TEXTS.length)];
  return String.fromCharCode(
    ...Array.from({ length: 1 + Math.floor(20 * rng.next()) }, () => Math.floor(0x1_0000 * rng.next() ** 3)),
  );
};
