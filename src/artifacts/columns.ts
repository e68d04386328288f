import { callerError } from '../domain/errors.ts';

export type NumberArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

export type CodeArray = Uint8Array | Uint16Array | Uint32Array;

/** One column of a table with `n` rows, as it is written and as it is read back. */
export type Column =
  | { readonly kind: 'numbers'; readonly values: NumberArray } // [n]
  | { readonly kind: 'strings'; readonly values: readonly string[] } // [n]
  /** Row i says `list[codes[i]]`. */
  | { readonly kind: 'coded'; readonly codes: CodeArray; readonly list: readonly string[] } // [n]
  /** Row i says `list[c]` for each c of `codes[offsets[i] .. offsets[i + 1])`. */
  | {
      readonly kind: 'code-lists';
      readonly offsets: Uint32Array; // [n + 1]
      readonly codes: CodeArray;
      readonly list: readonly string[];
    }
  /** Row i holds `values[offsets[i] .. offsets[i + 1])`. */
  | { readonly kind: 'number-lists'; readonly offsets: Uint32Array; readonly values: NumberArray }
  | { readonly kind: 'vectors'; readonly size: number; readonly values: Float32Array } // [n, size]
  /** Whole milliseconds since 1970-01-01T00:00Z. */
  | { readonly kind: 'timestamps'; readonly values: Float64Array } // [n]
  /** Whole days since 1970-01-01. */
  | { readonly kind: 'days'; readonly values: Int32Array } // [n]
  /** 0 or 1. */
  | { readonly kind: 'flags'; readonly values: Uint8Array }; // [n]

export type ColumnKind = Column['kind'];

/** A bare typed array stands for numbers, a bare list for strings. */
export type Columns = Readonly<Record<string, Column | NumberArray | readonly string[]>>;

export interface ArrowTable {
  /** The file that the table was read from, for messages. */
  readonly file: string;
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}

/** The column with its kind spelled out. */
export const asColumn = (column: Column | NumberArray | readonly string[]): Column => {
  if (ArrayBuffer.isView(column)) return { kind: 'numbers', values: column };
  if (Array.isArray(column)) return { kind: 'strings', values: column };
  return column as Column;
};

/** A list of numbers for each row, as a column. */
export const listsOf = <T extends Float32Array | Float64Array | Uint32Array>(
  type: { new (length: number): T },
  lists: readonly ArrayLike<number>[],
): { readonly kind: 'number-lists'; readonly offsets: Uint32Array; readonly values: T } => {
  const offsets = new Uint32Array(lists.length + 1);
  lists.forEach((list, i) => {
    offsets[i + 1] = offsets[i] + list.length;
  });
  const values = new type(offsets[lists.length]);
  lists.forEach((list, i) => {
    values.set(list, offsets[i]);
  });
  return { kind: 'number-lists', offsets, values };
};

/**
 * The column of that name and kind.
 * @throws MarqueeError (caller) when the table has none of that name, or one of another kind
 */
export const columnOf = <K extends ColumnKind>(
  table: ArrowTable,
  name: string,
  kind: K,
): Extract<Column, { readonly kind: K }> => {
  const column = table.columns.get(name);
  if (column === undefined) {
    const found = [...table.columns.keys()].join(', ');
    throw callerError('column-missing', `${table.file}: no column ${name}, found: ${found}`);
  }
  if (column.kind !== kind) throw wrongColumn(table, name, column.kind, kind);
  return column as Extract<Column, { readonly kind: K }>;
};

/**
 * The numbers of a column, in the array type that is asked for; never converted.
 * @throws MarqueeError (caller) when the column is missing or holds another type
 */
export const numbersOf = <T extends NumberArray>(
  table: ArrowTable,
  name: string,
  type: { new (length: number): T; readonly name: string },
): T => {
  const { values } = columnOf(table, name, 'numbers');
  if (!(values instanceof type)) throw wrongColumn(table, name, values.constructor.name, type.name);
  return values;
};

const wrongColumn = (table: ArrowTable, name: string, got: string, expected: string) =>
  callerError('column-type', `${table.file}: column ${name} holds ${got}, expected ${expected}`);
