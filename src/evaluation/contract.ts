import type { Interactions } from '../domain/interactions.ts';

/** A fitted model under test: it gives every item a score for a user of the data that it was fitted to. */
export interface UserScorer {
  /** kebab-case: the first word of its measurements' names. */
  readonly name: string;
  readonly userCount: number;
  readonly itemCount: number;
  /**
   * Writes the scores of all items for each of the users, higher being better: [users.length, itemCount].
   * Items that a user already has are scored like any other; whoever evaluates masks them.
   */
  scoreUsers(users: Uint32Array, out: Float32Array): void;
}

/**
 * How a split tests: `full-ranking` orders all items that a user has not trained on, and finds the user's test
 * items; `last-item` is the same with one test item, the last in time; `given-negatives` orders the test items
 * among negatives that the split names.
 */
export type SplitKind = 'full-ranking' | 'given-negatives' | 'last-item';

/** What a model learns from and is tested on, in rows of the same users and items. */
export interface EvaluationSplit {
  readonly kind: SplitKind;
  readonly train: Interactions;
  /** A user without test items is not tested. */
  readonly test: Interactions;
  /** With `given-negatives` alone. */
  readonly negatives?: Interactions;
}
