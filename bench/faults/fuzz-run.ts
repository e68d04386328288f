import { Pool } from 'undici';
import type { Rng } from '../../src/domain/rng.ts';
import {
  type FuzzKnowledge,
  type FuzzRequest,
  type FuzzRoute,
  fuzzRequest,
  fuzzRoutes,
} from './fuzz-requests.ts';

export interface FuzzPlan {
  readonly origin: string;
  readonly known: FuzzKnowledge;
  readonly perRoute: number;
  readonly rng: Rng;
  readonly onRoute?: (route: FuzzRoute) => void;
}

export interface FuzzFailure {
  readonly request: FuzzRequest;
  /** 0 where there was no answer. */
  readonly status: number;
  readonly said: string;
}

export interface FuzzOutcome {
  readonly routes: readonly FuzzRoute[];
  readonly sent: number;
  /** Answers by the first digit of their status. */
  readonly byClass: Readonly<Record<string, number>>;
  readonly failures: readonly FuzzFailure[];
}

/** So few at once that none is shed: what is looked for is a request that fails for what it is. */
const AT_ONCE = 4;

/** Fuzzes every route that the service describes, one after another. The same seed sends the same requests. */
export const fuzzService = async ({
  origin,
  known,
  perRoute,
  rng,
  onRoute,
}: FuzzPlan): Promise<FuzzOutcome> => {
  const routes = fuzzRoutes(
    (await (await fetch(`${origin}/docs/json`)).json()) as Parameters<typeof fuzzRoutes>[0],
  );
  const pool = new Pool(origin, { connections: AT_ONCE, keepAliveTimeoutThreshold: 100 });
  const byClass: Record<string, number> = {};
  const failures: FuzzFailure[] = [];
  const send = async (request: FuzzRequest): Promise<void> => {
    try {
      const { statusCode: status, body } = await pool.request(request as Parameters<Pool['request']>[0]);
      const said = await body.text();
      const digit = `${Math.floor(status / 100)}xx`;
      byClass[digit] = (byClass[digit] ?? 0) + 1;
      if (status >= 500) failures.push({ request, status, said: said.slice(0, 200) });
    } catch (thrown) {
      failures.push({ request, status: 0, said: String(thrown) });
    }
  };
  try {
    for (const route of routes) {
      onRoute?.(route);
      const draws = rng.fork(`${route.method} ${route.path}`);
      let number = 0;
      const one = async (): Promise<void> => {
        while (number < perRoute) await send(fuzzRequest(route, known, draws.fork(String(number++))));
      };
      await Promise.all(Array.from({ length: AT_ONCE }, one));
    }
  } finally {
    await pool.close();
  }
  return { routes, sent: routes.length * perRoute, byClass, failures };
};
