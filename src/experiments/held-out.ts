import type { EpochMs } from '../domain/clock.ts';
import type { RecRequest } from '../domain/request.ts';
import type { Rng } from '../domain/rng.ts';
import { type Dataset, FINISHED_FRACTION, NO_IMPRESSION } from '../domain/tables.ts';
import { shuffleInPlace } from '../math/random.ts';
import { type ExaminationOf, type Known, replay } from '../training/replay.ts';

/** A request at the moment of a held-out play, with what was known just before it. */
export interface HeldOutQuery {
  readonly request: RecRequest;
  /** The title that was played then. */
  readonly played: number;
  /** Titles that the member finished from that moment to the end of the held-out part. */
  readonly finishedLater: ReadonlySet<number>;
}

/** The queries of one member, in order of time; at least one. */
export type MemberQueries = readonly HeldOutQuery[];

/**
 * Queries from the plays in [from, to): those of at most `members` members, drawn at random, and of each at
 * most `playsPerMember`, spread evenly. Profiles hold everything before the play and nothing after it; where the play
 * came from a page, everything before the page, for the page is what the request is for.
 */
export const heldOutQueries = (options: {
  readonly dataset: Dataset;
  readonly from: EpochMs;
  readonly to: EpochMs;
  readonly members: number;
  readonly playsPerMember: number;
  readonly examination: ExaminationOf;
  /** Whether a play, by its row, may be asked for. Default: any. */
  readonly only?: (row: number) => boolean;
  readonly rng: Rng;
}): MemberQueries[] => {
  const { dataset, from, to, members, playsPerMember, examination, only = () => true, rng } = options;
  const { plays } = dataset;
  const rowsOf = new Map<number, number[]>();
  for (let row = 0; row < plays.time.length; row++) {
    if (plays.time[row] < from || plays.time[row] >= to) continue;
    const rows = rowsOf.get(plays.member[row]) ?? [];
    rows.push(row);
    rowsOf.set(plays.member[row], rows);
  }
  const askable = [...rowsOf].filter(([, rows]) => rows.some(only)).map(([member]) => member);
  const drawn = shuffleInPlace(Uint32Array.from(askable.sort((a, b) => a - b)), () => rng.next()).subarray(
    0,
    members,
  );
  const wanted = new Set<number>();
  for (const member of drawn) {
    const rows = (rowsOf.get(member) as number[]).filter(only);
    const count = Math.min(playsPerMember, rows.length);
    for (let i = 0; i < count; i++) wanted.add(rows[Math.floor((i * rows.length) / count)]);
  }

  const queries = new Map<number, HeldOutQuery[]>();
  const ask = (row: number, known: Known): void => {
    const member = plays.member[row];
    const later = (rowsOf.get(member) as number[]).filter(
      (other) => other >= row && plays.watchedFraction[other] >= FINISHED_FRACTION,
    );
    const query: HeldOutQuery = {
      request: {
        requestId: `held-out-${row}`,
        memberId: dataset.members.ids[member],
        member,
        at: plays.time[row],
        device: plays.device[row],
        profile: known.profileOf(member),
      },
      played: plays.title[row],
      finishedLater: new Set(later.map((other) => plays.title[other])),
    };
    const list = queries.get(member) ?? [];
    list.push(query);
    queries.set(member, list);
  };
  const cameFrom = new Map<number, number>(); // from the impression to the play
  for (const row of wanted)
    if (plays.impression[row] !== NO_IMPRESSION) cameFrom.set(plays.impression[row], row);
  replay(dataset, to, examination, {
    page: (start, end, known) => {
      const rows: number[] = [];
      for (let i = start; i < end; i++) {
        const row = cameFrom.get(i);
        if (row !== undefined) rows.push(row);
      }
      for (const row of rows.sort((x, y) => x - y)) ask(row, known);
    },
    play: (row, known) => {
      if (wanted.has(row) && plays.impression[row] === NO_IMPRESSION) ask(row, known);
    },
  });
  return Array.from(drawn, (member) => queries.get(member) as HeldOutQuery[]);
};
