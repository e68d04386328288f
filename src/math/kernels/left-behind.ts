import type { Block } from './memory.ts';

/**
 * Gives blocks back once their owner is garbage, so that a server can drop an old version of an index or a model
 * without counting who still uses it.
 */
export const freeWith = (owner: object, blocks: readonly Block[]): void => {
  leftBehind.register(owner, blocks);
};

const leftBehind = new FinalizationRegistry<readonly Block[]>((blocks) => {
  for (const block of blocks) block.free();
});
