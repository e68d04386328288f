/** Work under one label is done one after another, each begun when the one before ended; that of others beside it. */
export interface Queues {
  inTurn<T>(label: string, work: () => Promise<T>): Promise<T>;
}

export const createQueues = (): Queues => {
  const lasts = new Map<string, Promise<unknown>>();
  return {
    async inTurn(label, work) {
      const before = lasts.get(label);
      const own = before === undefined ? work() : before.then(work, work);
      lasts.set(label, own);
      try {
        return await own;
      } finally {
        if (lasts.get(label) === own) lasts.delete(label);
      }
    },
  };
};
