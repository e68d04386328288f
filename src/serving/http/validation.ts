/**
 * Schemas as validators. Nothing is coerced but whole numbers in a query, which can only come as text; what
 * no schema names is refused; and an error says which field, what came and what was expected, in the words
 * of the schema's `description`.
 */
import type { FastifySchemaCompiler } from 'fastify';
import type { TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import type { MarqueeError } from '../../domain/errors.ts';
import { refusal } from './refusal.ts';

export type Checked<T> = { readonly value: T } | { readonly error: MarqueeError };

/** The schema's check; `prefix` stands before the field's name where the value is part of something. */
export const checker = (schema: TSchema): ((value: unknown, prefix?: string) => MarqueeError | undefined) => {
  const compiled = Compile(schema);
  return (value, prefix = '') => {
    if (compiled.Check(value)) return undefined;
    return flawOf(schema, value, compiled.Errors(value), prefix);
  };
};

export const compileValidator: FastifySchemaCompiler<TSchema> = ({ schema, httpPart }) => {
  const check = checker(schema);
  return (came: unknown) => {
    const value = httpPart === 'querystring' ? withWholeNumbers(schema, came) : came;
    const error = check(value);
    return error === undefined ? { value } : { error };
  };
};

interface SchemaError {
  readonly keyword: string;
  readonly instancePath: string;
  readonly params: object;
}

const flawOf = (
  schema: TSchema,
  value: unknown,
  errors: readonly SchemaError[],
  prefix: string,
): MarqueeError => {
  const known = propertiesOf(schema);
  const extra = paramOf(errors, 'additionalProperties', 'additionalProperties');
  const missing = paramOf(errors, 'required', 'requiredProperties');
  const named = errors.find(({ instancePath }) => instancePath.length > 1)?.instancePath;
  if (extra !== undefined) {
    const expected = `no such field; known are ${Object.keys(known).join(', ') || 'none'}`;
    return refusal({ field: prefix + extra, got: at(value, extra), expected });
  }
  if (missing !== undefined) {
    return refusal({ field: prefix + missing, got: undefined, expected: described(known[missing]) });
  }
  if (named !== undefined) {
    const name = named.split('/')[1].replaceAll('~1', '/').replaceAll('~0', '~');
    return refusal({ field: prefix + name, got: at(value, name), expected: described(known[name]) });
  }
  return refusal({ field: prefix.replace(/\.$/, '') || 'body', got: value, expected: described(schema) });
};

const paramOf = (errors: readonly SchemaError[], keyword: string, param: string): string | undefined => {
  const error = errors.find((each) => each.keyword === keyword);
  const names: unknown = error === undefined ? undefined : Reflect.get(error.params, param);
  return Array.isArray(names) ? String(names[0]) : undefined;
};

const propertiesOf = (schema: TSchema): Readonly<Record<string, unknown>> =>
  'properties' in schema && typeof schema.properties === 'object' ? { ...schema.properties } : {};

const described = (schema: unknown): string =>
  typeof schema === 'object' && schema !== null && 'description' in schema
    ? String(schema.description)
    : 'another value';

const at = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;

const WHOLE = /^(0|[1-9][0-9]{0,14})$/;

const withWholeNumbers = (schema: TSchema, query: unknown): unknown => {
  if (typeof query !== 'object' || query === null) return query;
  const properties = propertiesOf(schema);
  const entries = Object.entries(query).map(([name, text]): [string, unknown] => {
    const property = properties[name];
    const isWhole =
      typeof property === 'object' && property !== null && Reflect.get(property, 'type') === 'integer';
    return [name, isWhole && typeof text === 'string' && WHOLE.test(text) ? Number(text) : text];
  });
  return Object.fromEntries(entries);
};
