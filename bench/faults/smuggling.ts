import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import type { FaultOptions } from './contract.ts';
import { sendVectors } from './smuggling-run.ts';
import { HONEST_REQUESTS, SMUGGLING_VECTORS } from './smuggling-vectors.ts';

/** Whether a whole service takes any of the vectors for a request. */
export const measureSmuggling = async (options: FaultOptions): Promise<StageRow[]> => {
  const { workDir, commandLine, progress } = options;
  const step = progress.step('smuggling');
  const server = await startServerProcess({ workDir, commandLine });
  try {
    const honest = await sendVectors(server.url, HONEST_REQUESTS);
    const areCounted = honest.outcomes.every(({ vector, hits }) => hits === vector.hits);
    const { outcomes, served } = await sendVectors(server.url, SMUGGLING_VECTORS);
    const answered = outcomes.reduce((sum, { hits }) => sum + hits, 0);
    const otherwise = outcomes.filter(({ vector, status }) => !vector.answers.includes(status));
    step.end(otherwise.length === 0 ? undefined : otherwise.map(({ vector }) => vector.name).join(', '));
    const measurement = {
      name: 'smuggling.hits',
      value: Math.max(served, answered),
      unit: 'requests',
      n: SMUGGLING_VECTORS.length,
      definition: `requests answered with 200 for bytes that are none, or two; holds only if each vector is refused as its table says, and ${HONEST_REQUESTS.length} honest ones are counted`,
      protocol: 'raw sockets to marquee serve; by the answers and by the server’s own count of requests',
    };
    return [
      {
        stage: 'wire',
        measurement: heldTo(measurement, 0, 'at-most', areCounted && otherwise.length === 0),
      },
    ];
  } finally {
    await server.close();
  }
};
