/** Requests that are nearly right, from what a service says of itself: a route added later is fuzzed like the others. */
import type { Rng } from '../../src/domain/rng.ts';
import { fuzzValue, type JsonSchema, spoiled, strangeText } from './fuzz-values.ts';

export interface FuzzRoute {
  readonly method: string;
  /** With `{name}` where a parameter stands. */
  readonly path: string;
  readonly parameters: readonly FuzzParameter[];
  readonly body?: JsonSchema;
}

interface FuzzParameter {
  readonly name: string;
  readonly in: string;
  readonly schema: JsonSchema;
}

export interface FuzzRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What makes some of the requests right: without it nothing would pass the checks of ids. */
export interface FuzzKnowledge {
  readonly memberIds: readonly string[];
  readonly titleIds: readonly string[];
  readonly adminToken: string;
}

type Rule<T> = Readonly<Record<string, T>>;
interface OpenApi {
  readonly paths: Rule<
    Rule<{
      readonly parameters?: readonly FuzzParameter[];
      readonly requestBody?: { readonly content: Rule<{ readonly schema: JsonSchema }> };
    }>
  >;
}

/** Every route of an OpenAPI document; those of operators last, for they may change how the others answer. */
export const fuzzRoutes = ({ paths }: OpenApi): FuzzRoute[] =>
  Object.entries(paths)
    .flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, { parameters = [], requestBody }]): FuzzRoute => {
        const body = requestBody?.content['application/json']?.schema;
        return {
          ...{ method: method.toUpperCase(), path, parameters },
          ...(body === undefined ? {} : { body }),
        };
      }),
    )
    .sort((a, b) => Number(a.path.includes('admin')) - Number(b.path.includes('admin')));

/** One request to a route: each part of it right, nearly right, or far from it. */
export const fuzzRequest = (route: FuzzRoute, known: FuzzKnowledge, rng: Rng): FuzzRequest => {
  const chance = (share: number): boolean => rng.next() < share;
  const isEvil = (): boolean => chance(0.3);
  const textOf = ({ name, schema }: FuzzParameter): string =>
    isEvil() ? strangeText(rng) : String(fuzzValue(schema, rng, (key) => knownId(key, known, rng), name));
  let path = route.path.replaceAll(/\{([^}]+)\}|\*/g, (_, name: string | undefined) => {
    const parameter = route.parameters.find((each) => each.in === 'path' && each.name === name);
    return encoded(parameter === undefined ? strangeText(rng) : textOf(parameter));
  });
  const query = route.parameters.filter((each) => each.in === 'query' && chance(0.5));
  const pairs = query.map((each) => [each.name, textOf(each)]);
  if (chance(0.1)) pairs.push([strangeText(rng), strangeText(rng)]);
  if (chance(0.05) && pairs.length > 0) pairs.push(pairs[0]);
  if (pairs.length > 0) path += `?${pairs.map((pair) => pair.map(encoded).join('=')).join('&')}`;
  const headers: Record<string, string> = {};
  if (chance(0.5)) headers['authorization'] = `Bearer ${chance(0.9) ? known.adminToken : headerText(rng)}`;
  if (chance(0.2)) headers[pick(STRANGE_HEADERS, rng)] = headerText(rng);
  const method = chance(0.05) ? pick(METHODS, rng) : route.method;
  if (method === 'GET' || method === 'HEAD' || (route.body === undefined && chance(0.8))) {
    return { method, path, headers };
  }
  headers['content-type'] = chance(0.9) ? 'application/json' : pick(MEDIA_TYPES, rng);
  const right = fuzzValue(route.body ?? {}, rng, (key) => knownId(key, known, rng));
  const value = isEvil() ? spoiled(right, rng) : right;
  return { method, path, headers, body: chance(0.85) ? JSON.stringify(value) : brokenText(value, rng) };
};

const pick = <T>(from: readonly T[], rng: Rng): T => from[Math.floor(rng.next() * from.length)];

const knownId = (name: string, { memberIds, titleIds }: FuzzKnowledge, rng: Rng): string | undefined => {
  if (/title/i.test(name)) return pick(titleIds, rng);
  if (/^(id|member)/i.test(name)) return pick(rng.next() < 0.8 ? memberIds : titleIds, rng);
  return undefined;
};

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];
const MEDIA_TYPES = [
  '',
  'text/plain',
  'application/xml',
  'application/json; charset=utf-16',
  'multipart/form-data',
  'a/b;c',
];
const STRANGE_HEADERS = [
  ...['x-request-id', 'accept', 'accept-encoding', 'content-encoding', 'if-none-match', 'if-modified-since'],
  ...['range', 'origin', 'cookie', 'x-forwarded-for', 'x-http-method-override', 'traceparent', 'referer'],
];

/** Lone halves of a pair, which no URL can hold, become the sign for what cannot be read. */
const encoded = (text: string): string => encodeURIComponent(Buffer.from(text, 'utf8').toString('utf8'));

const headerText = (rng: Rng): string =>
  strangeText(rng)
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 4_096);

/** JSON that was cut, doubled or written by somebody else. */
const brokenText = (value: unknown, rng: Rng): string => {
  const text = JSON.stringify(value) ?? '';
  const at = Math.floor(rng.next() * (text.length + 1));
  return pick(
    [
      text.slice(0, at),
      text + text,
      `${text.slice(0, at)}${strangeText(rng)}${text.slice(at)}`,
      `\ufeff${text}`,
      text.replaceAll('"', "'"),
      text.replace('{', '{"__proto__":{"x":1},'),
      text.replace('{', '{"constructor":{"prototype":{"x":1}},'),
      `${'['.repeat(at * 100)}${']'.repeat(at * 100)}`,
      text.replace(/:\s*[^,}\]]+/, ':1e999'),
      'NaN',
      '',
    ],
    rng,
  );
};
