/** A dataset of our own as a split in the form that papers use, so that its figures mean the same as theirs. */
import type { PublishedSplit } from '../../datasets/published.ts';
import { temporalSplit } from '../../datasets/split.ts';
import { sha256Of } from '../artifacts/durable-files.ts';
import { playedBefore } from '../candidate-gen/item-to-item.ts';
import { callerError } from '../domain/errors.ts';
import { interactionsOf, itemsOf } from '../domain/interactions.ts';
import type { Dataset } from '../domain/tables.ts';

/**
 * What each member played before the last tenth of the plays, and what of the rest they played in it for the first
 * time: full ranking of all titles, those played before left out. Ids are rows of the dataset's tables.
 * @throws MarqueeError (caller) when the plays are too few to split, or nothing new is played at the end
 */
export const temporalAsPublished = (dataset: Dataset): PublishedSplit => {
  const { testStart } = temporalSplit(dataset);
  const train = playedBefore(dataset, testStart);
  const all = playedBefore(dataset, Number.POSITIVE_INFINITY);
  const test = interactionsOf(
    dataset.members.ids.map((_, member) => {
      const known = new Set(itemsOf(train, member));
      return [...itemsOf(all, member)].filter((title) => !known.has(title));
    }),
    train.itemCount,
  );
  if (test.items.length === 0) {
    const expected = 'expected titles that a member plays for the first time in the last tenth of the plays';
    throw callerError('split-empty', `dataset ${dataset.name}: leaves nothing to test, ${expected}`);
  }
  const rows = (count: number): Float64Array => Float64Array.from({ length: count }, (_, row) => row);
  const { items, offsets } = all;
  return {
    name: dataset.name,
    kind: 'full-ranking',
    heldOut: `first plays of the last 10 % of the plays held out, from ${new Date(testStart).toISOString()} on`,
    userIds: rows(train.userCount),
    itemIds: rows(train.itemCount),
    train,
    test,
    fingerprint: sha256Of(Buffer.concat([items, offsets, Float64Array.of(testStart)].map(bytesOf))),
  };
};

const bytesOf = ({ buffer, byteOffset, byteLength }: Uint32Array | Float64Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);
