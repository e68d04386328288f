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
