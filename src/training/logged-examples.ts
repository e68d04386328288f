/** Ranker examples from what was served, so that training never computes features of the past again. */
import type { ServedTitles } from '../../datasets/served-log.ts';
import { callerError } from '../domain/errors.ts';
import { FINISHED_FRACTION } from '../domain/tables.ts';
import { RANKING_FEATURE_NAMES } from '../features/ranking-features.ts';
import { emptyExamples, type RankerExamples, reserve } from './ranker.ts';
import type { ExaminationOf } from './replay.ts';

/** What members did with what they were shown, as their devices reported it. */
export interface ServedOutcome {
  readonly type: string;
  readonly requestId?: string;
  readonly title?: string;
  readonly watchedFraction?: number;
}

interface Came {
  shown: boolean;
  clicked: boolean;
  /** Largest; undefined where nothing was played. */
  fraction?: number;
}

/**
 * One example for each title that was served and reported as shown, in the order of the log: its logged features, whether
 * it was clicked or played, and whether that was finished. Titles that nobody reported as shown are no evidence. Each
 * counts 1: nothing was left out.
 * @throws MarqueeError (caller) when the log holds other features than the ranker reads
 */
export const loggedExamples = (
  served: Iterable<ServedTitles>,
  outcomes: Iterable<ServedOutcome>,
  examination: ExaminationOf,
): RankerExamples => {
  const came = outcomesByTitle(outcomes);
  const examples = emptyExamples(4_096);
  let request: string | undefined;
  let group = -1;
  for (const titles of served) {
    const { names, values, rows } = titles.features;
    const columns = RANKING_FEATURE_NAMES.map((name) => names.indexOf(name));
    const missing = RANKING_FEATURE_NAMES.find((_, f) => columns[f] < 0);
    if (missing !== undefined) {
      throw callerError(
        'served-log-features',
        `served log: got features ${names.join(', ')}, expected ${missing} among them`,
      );
    }
    for (let i = 0; i < rows; i++) {
      const outcome = came.get(titles.requestId[i])?.get(titles.title[i]);
      if (outcome?.shown !== true) continue;
      if (titles.requestId[i] !== request) group += 1;
      request = titles.requestId[i];
      const at = examples.rows++;
      reserve(examples, examples.rows);
      columns.forEach((column, f) => {
        examples.features[at * columns.length + f] = values[i * names.length + column];
      });
      const place = [titles.device[i], titles.row[i], titles.position[i]] as const;
      examples.place.set(place, at * place.length);
      examples.examined[at] = examination(...place);
      examples.clicked[at] = outcome.clicked ? 1 : 0;
      const { fraction } = outcome;
      examples.finished[at] = fraction === undefined ? Number.NaN : fraction >= FINISHED_FRACTION ? 1 : 0;
      examples.weight[at] = 1;
      examples.group[at] = group;
    }
  }
  return examples;
};

const outcomesByTitle = (outcomes: Iterable<ServedOutcome>): Map<string, Map<string, Came>> => {
  const came = new Map<string, Map<string, Came>>();
  for (const { type, requestId, title, watchedFraction } of outcomes) {
    if (requestId === undefined || title === undefined) continue;
    const ofRequest = came.get(requestId) ?? new Map<string, Came>();
    came.set(requestId, ofRequest);
    const outcome = ofRequest.get(title) ?? { shown: false, clicked: false };
    ofRequest.set(title, outcome);
    if (type === 'impression') outcome.shown = true;
    if (type === 'click' || type === 'play') outcome.clicked = true;
    const fraction = type === 'finish' ? 1 : watchedFraction;
    if (fraction !== undefined) outcome.fraction = Math.max(fraction, outcome.fraction ?? 0);
  }
  return came;
};
