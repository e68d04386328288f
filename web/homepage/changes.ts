/** How a member's next page differs from the one before it. */
import type { Page } from './served-page.ts';

export interface Changes {
  /** By the title's id: where it was not, or in which row it was. */
  readonly arrived: ReadonlySet<string>;
  readonly moved: ReadonlyMap<string, { readonly from: string; readonly rows: number }>;
  /** Names of those that are gone. */
  readonly left: readonly string[];
  readonly newRows: readonly string[];
  readonly goneRows: readonly string[];
  /** Rows of both pages that stand elsewhere; positive is nearer to the top. */
  readonly movedRows: ReadonlyMap<string, number>;
}

export const changesBetween = (before: Page, after: Page): Changes => {
  const placed = (page: Page): Map<string, { row: number; heading: string; name: string }> =>
    new Map(
      page.rows.flatMap(({ heading, titles }, row) =>
        titles.map(({ id, name }) => [id, { row, heading, name }] as const),
      ),
    );
  const [was, is] = [placed(before), placed(after)];
  const moved = new Map<string, { from: string; rows: number }>();
  for (const [id, { row, heading }] of is) {
    const old = was.get(id);
    if (old !== undefined && old.heading !== heading)
      moved.set(id, { from: old.heading, rows: old.row - row });
  }
  const headings = (page: Page): string[] => page.rows.map(({ heading }) => heading);
  const [oldRows, newRows] = [headings(before), headings(after)];
  const movedRows = new Map<string, number>();
  newRows.forEach((heading, row) => {
    const old = oldRows.indexOf(heading);
    if (old >= 0 && old !== row) movedRows.set(heading, old - row);
  });
  return {
    arrived: new Set([...is.keys()].filter((id) => !was.has(id))),
    moved,
    left: [...was].filter(([id]) => !is.has(id)).map(([, { name }]) => name),
    newRows: newRows.filter((heading) => !oldRows.includes(heading)),
    goneRows: oldRows.filter((heading) => !newRows.includes(heading)),
    movedRows,
  };
};

export const isUnchanged = ({ arrived, moved, left, newRows, goneRows, movedRows }: Changes): boolean =>
  arrived.size + moved.size + left.length + newRows.length + goneRows.length + movedRows.size === 0;
