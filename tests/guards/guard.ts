export interface Guard {
  /** What it keeps out. */
  readonly name: string;
  readonly file: string;
  /** Stands in the file once. */
  readonly on: string;
  readonly off: string;
  readonly tests: string;
}
