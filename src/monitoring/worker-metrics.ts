/** One set of metrics for all workers of a server: whichever is asked, its parent asks all and adds them up. */
import cluster, { type Worker } from 'node:cluster';
import { AggregatorRegistry, type Registry } from 'prom-client';

const ASK = 'marquee:metrics?';
const TELL = 'marquee:metrics';

interface Message {
  readonly type: string;
  readonly number: number;
  readonly text?: string;
}

const isMessage = (message: unknown, type: string): message is Message =>
  typeof message === 'object' && message !== null && 'type' in message && message.type === type;

/** To be called in the parent, once. */
export const answerForWorkers = (): void => {
  const aggregator = new AggregatorRegistry();
  cluster.on('message', (worker: Worker, message: unknown) => {
    if (!isMessage(message, ASK)) return;
    const { number } = message;
    const tell = (text?: string): void => {
      if (worker.isConnected()) worker.send({ type: TELL, number, ...(text === undefined ? {} : { text }) });
    };
    aggregator.clusterMetrics().then(tell, () => tell()); // one of them died as it was asked
  });
};

/** The text of all workers' metrics in a worker; elsewhere, or where one of them did not answer, the registry's own. */
export const exposition = (registry: Registry): (() => Promise<string>) => {
  if (!cluster.isWorker) return () => registry.metrics();
  AggregatorRegistry.setRegistries([registry]);
  new AggregatorRegistry(); // listens for the parent's question
  const asked = new Map<number, (text: string | undefined) => void>();
  let count = 0;
  process.on('message', (message) => {
    if (!isMessage(message, TELL)) return;
    asked.get(message.number)?.(message.text);
    asked.delete(message.number);
  });
  return async () => {
    const number = ++count;
    const text = await new Promise<string | undefined>((resolve) => {
      asked.set(number, resolve);
      process.send?.({ type: ASK, number });
    });
    return text ?? (await registry.metrics());
  };
};
