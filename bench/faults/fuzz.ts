import { heldTo, type StageRow } from '../../src/domain/measurement.ts';
import { startServerProcess } from '../../src/experiments/server-process.ts';
import type { FaultOptions } from './contract.ts';
import { fuzzService } from './fuzz-run.ts';

const perRouteOf = ({ small, long }: FaultOptions): number => (small ? 200 : long ? 100_000 : 5_000);

/** Whether any request makes a whole service fail, in place of being refused. */
export const measureFuzz = async (options: FaultOptions): Promise<StageRow[]> => {
  const { workDir, commandLine, memberIds, titleIds, progress, rng } = options;
  const adminToken = 'a-token-for-this-fuzz-alone';
  const step = progress.step('fuzz');
  const server = await startServerProcess({ workDir, commandLine, adminToken });
  try {
    const perRoute = perRouteOf(options);
    let begun = 0;
    const { routes, sent, byClass, failures } = await fuzzService({
      ...{ origin: server.url, perRoute, rng: rng.fork('fuzz'), known: { memberIds, titleIds, adminToken } },
      onRoute: ({ method, path }) => step.advance(begun++, `${method} ${path}`),
    });
    step.end(`${sent} requests: ${JSON.stringify(byClass)}`);
    for (const { request, status, said } of failures.slice(0, 5))
      progress.note(`fuzz: ${status} ${said} for ${JSON.stringify(request).slice(0, 400)}`);
    const wereServed = (byClass['2xx'] ?? 0) > sent / 20; // or nothing came as far as a handler
    return [
      {
        stage: 'wire',
        measurement: heldTo(
          {
            ...{ name: 'fuzz.errors', value: failures.length, unit: 'requests', n: sent },
            definition:
              'answers of 500 and more, and requests without an answer; counts only if one in twenty was served',
            protocol: `${perRoute} requests to each of ${routes.length} routes of the service's own OpenAPI document, with and without the admin token, four at once: parameters, headers and bodies right, nearly right, or broken`,
          },
          0,
          'at-most',
          wereServed,
        ),
      },
    ];
  } finally {
    await server.close();
  }
};
