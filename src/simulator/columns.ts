type Column = Uint8Array | Uint32Array | Float32Array | Float64Array;

/** Columns that grow together. Values are written at `length`, then `length` is advanced. */
export interface GrowingColumns<T extends Record<string, Column>> {
  /** The present arrays; read anew after `reserve`. */
  readonly columns: T;
  /** Makes room for `rows` rows in all. */
  reserve(rows: number): void;
  /** The first `rows` rows of each column. */
  finish(rows: number): T;
}

export const growingColumns = <T extends Record<string, Column>>(columns: T): GrowingColumns<T> => {
  const names = Object.keys(columns) as (keyof T)[];
  const current: T = { ...columns };
  return {
    columns: current,
    reserve(rows) {
      const capacity = current[names[0]].length;
      if (rows <= capacity) return;
      const grown = Math.max(rows, Math.ceil(capacity * 1.5), 1024);
      for (const name of names) {
        const old = current[name];
        const next = new (old.constructor as new (length: number) => Column)(grown);
        next.set(old as never);
        current[name] = next as T[keyof T];
      }
    },
    finish(rows) {
      const cut = { ...current };
      for (const name of names) cut[name] = current[name].slice(0, rows) as T[keyof T];
      return cut;
    },
  };
};
