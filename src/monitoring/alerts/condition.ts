/**
 * Conditions on metrics as data, with two readings that mean the same: `condition-value.ts` looks at what this server
 * scraped of itself, `prometheus-rules.ts` writes PromQL.
 */

import type { Selector } from '../scrapes.ts';

export type Condition =
  /** A gauge's largest value is above. */
  | { readonly kind: 'level'; readonly of: Selector; readonly above: number }
  /** A counter grew by more, over the last minutes. */
  | {
      readonly kind: 'growth';
      readonly of: Selector;
      readonly minutes: number;
      readonly above: number;
    }
  /** What part of the growth of `whole` is growth of `part`, or is not growth of `rest`; of too little, nothing is said. */
  | {
      readonly kind: 'share';
      readonly share: { readonly part: Selector } | { readonly rest: Selector };
      readonly whole: Selector;
      readonly minutes: number;
      readonly above: number;
      readonly fewest: number;
      /** Each value of this label by itself; the largest share counts. */
      readonly by?: string;
    }
  /** All of them hold. */
  | { readonly kind: 'all'; readonly of: readonly Condition[] };

export interface AlertRule {
  /** kebab-case. */
  readonly name: string;
  /** `page`: somebody has to act now; `ticket`: somebody has to act in days. */
  readonly severity: 'page' | 'ticket';
  readonly summary: string;
  /** What to do, as a sentence for whoever is woken. */
  readonly todo: string;
  readonly condition: Condition;
  /** How long it has to hold before it is told. */
  readonly forMinutes: number;
}
