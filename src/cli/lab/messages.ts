import type { LabAnswer, LabAsk } from '../../serving/routes/lab-routes.ts';

/** What a server asks the process that draws its charts. */
export interface Asked extends LabAsk {
  readonly number: number;
}

/** The answer to the ask of that number. */
export type Answered = { readonly number: number } & (
  | { readonly answer: LabAnswer }
  | { readonly failure: string }
);
