/**
 * The guards of the serving layer, each with the text that is it, the text that switches it off, and the tests that
 * must then fail. `guards.test.ts` holds the table to the sources; `npm run test:guards` switches each off.
 */
import type { Guard } from './guard.ts';
import { VERSION_GUARDS } from './version-guards.ts';

const HTTP = 'src/serving/http';
const flaw = (name: string, others: string, tests = 'tests/serving/smuggling.test.ts'): Guard => ({
  ...{ name, file: `${HTTP}/plain-requests.ts`, on: '[version, hosts, path, encoding]', off: others, tests },
});

export const GUARDS: readonly Guard[] = [
  ...VERSION_GUARDS,
  {
    name: 'operators without the token',
    file: `${HTTP}/admin-token.ts`,
    on: 'timingSafeEqual(digest(given), held)',
    off: 'held.length > 0',
    tests: 'tests/serving/admin-routes.test.ts',
  },
  {
    name: 'a public address without a token',
    file: `${HTTP}/admin-token.ts`,
    on: 'if (token !== undefined || isLoopback(host)) return;',
    off: 'if (token !== undefined || host !== undefined) return;',
    tests: 'tests/serving/admin-routes.test.ts',
  },
  flaw('another version of HTTP', '[hosts, path, encoding]'),
  flaw('two hosts', '[version, path, encoding]'),
  flaw('addresses of other servers, and encoded ways up', '[version, hosts, encoding]'),
  flaw('packed bodies', '[version, hosts, path]'),
  {
    name: 'bodies too deep',
    file: `${HTTP}/json-bodies.ts`,
    on: 'if (depth > most) return true;',
    off: '',
    tests: 'tests/serving/event-routes.test.ts',
  },
  {
    name: 'coerced types',
    file: `${HTTP}/validation.ts`,
    on: 'const WHOLE = /^(0|[1-9][0-9]{0,14})$/;',
    off: 'const WHOLE = /^/;',
    tests: 'tests/serving/app.test.ts',
  },
  {
    name: 'clients that do not read',
    file: `${HTTP}/slow-readers.ts`,
    on: 'if (waiting > 0) answer.socket?.destroy();',
    off: 'if (waiting < 0) answer.socket?.destroy();',
    tests: 'tests/serving/slow-clients.test.ts',
  },
  {
    name: 'headers that do not come',
    file: 'src/serving/app.ts',
    on: 'headersTimeout: limits.headersMs',
    off: 'headersTimeout: 0',
    tests: 'tests/serving/server.test.ts',
  },
  {
    name: 'bodies that do not come',
    file: 'src/serving/app.ts',
    on: 'requestTimeout: limits.requestMs',
    off: 'requestTimeout: 0',
    tests: 'tests/serving/server.test.ts',
  },
  {
    name: 'clients that ask too much',
    file: `${HTTP}/client-limits.ts`,
    on: 'max: most,',
    off: 'max: 1e9,',
    tests: 'tests/serving/client-limits.test.ts',
  },
  {
    name: 'clients that ask too much of several processes',
    file: 'src/serving/client-counts.ts',
    on: 'counted.others = Math.max(0, total - own);',
    off: 'counted.others = 0;',
    tests: 'tests/serving/client-limits.test.ts',
  },
  {
    name: 'an end that loses what was just sent',
    file: `${HTTP}/draining.ts`,
    on: '(await connectionsOf(app)) > 0',
    off: '(await connectionsOf(app)) < 0',
    tests: 'tests/serving/server.test.ts',
  },
  {
    name: 'an end that nobody is told of',
    file: `${HTTP}/draining.ts`,
    on: "if (draining) reply.header('connection', 'close');",
    off: '',
    tests: 'tests/serving/server.test.ts',
  },
  {
    name: 'more work than a held thread can take',
    file: 'src/serving/app.ts',
    on: 'throw overloadedError();',
    off: 'overloadedError();',
    tests: 'tests/serving/app.test.ts',
  },
  {
    name: 'events sent again',
    file: 'src/serving/events/apply-events.ts',
    on: "if (taken.has(logKey)) return 'duplicate';",
    off: '',
    tests: 'tests/serving/events.test.ts',
  },
  {
    name: 'stages that do not end',
    file: 'src/serving/deadline.ts',
    on: 'cancel = timers.after(leftMs, end);',
    off: '',
    tests: 'tests/serving/stage.test.ts',
  },
  {
    name: 'calls to what keeps failing',
    file: 'src/serving/breaker.ts',
    on: 'if (outcomes.length >= leastCalls && failures >= openAt * outcomes.length) rest(restMs);',
    off: 'failures.toFixed();',
    tests: 'tests/serving/breaker.test.ts',
  },
  {
    name: 'files that were altered',
    file: 'src/artifacts/manifest.ts',
    on: 'expectChecksum(path, sha256Of(bytes), entry);',
    off: '',
    tests: 'tests/artifacts/artifact.test.ts',
  },
  {
    name: 'manifests that were altered',
    file: 'src/artifacts/manifest.ts',
    on: 'if (sha256 !== seal) {',
    off: 'if (sha256 === undefined) {',
    tests: 'tests/artifacts/artifact.test.ts',
  },
  {
    name: 'a queue without end',
    file: 'src/serving/admission/bounded-queue.ts',
    on: 'size() >= most && (priority',
    off: 'most < 0 && (priority',
    tests: 'tests/serving/scoring-pool.test.ts',
  },
  {
    name: 'people behind prefetch',
    file: 'src/serving/admission/bounded-queue.ts',
    on: 'people.shift() ?? prefetch.shift()',
    off: 'prefetch.shift() ?? people.shift()',
    tests: 'tests/serving/admission/bounded-queue.test.ts',
  },
  {
    name: 'work whose time is over',
    file: 'src/serving/admission/bounded-queue.ts',
    on: 'if (next.deadlineAt > now) return',
    off: 'if (next.deadlineAt > -1) return',
    tests: 'tests/serving/admission/gate.test.ts',
  },
  {
    name: 'work that never shrinks',
    file: 'src/serving/admission/work-limit.ts',
    on: 'const SHRINK = 0.7;',
    off: 'const SHRINK = 1;',
    tests: 'tests/serving/admission/work-limit.test.ts',
  },
  {
    name: 'requests lost with a thread',
    file: 'src/serving/scoring/pool.ts',
    on: 'onDeath?.(thrown);\n    }',
    off: 'onDeath?.(thrown);\n      throw thrown;\n    }',
    tests: 'tests/serving/scoring-pool.test.ts',
  },
  {
    name: 'sheds without when to come back',
    file: 'src/serving/app.ts',
    on: "if (retryAfterSeconds !== undefined) reply.header('retry-after', retryAfterSeconds);",
    off: '',
    tests: 'tests/serving/rungs.test.ts',
  },
  {
    name: 'no page where everything is broken',
    file: 'src/serving/routes/member-routes.ts',
    on: "if (kind === 'caller' || isOverloaded(thrown)) throw thrown;",
    off: 'throw thrown;',
    tests: 'tests/serving/rungs.test.ts',
  },
  {
    name: 'pages from before an event',
    file: 'src/serving/pipelines/last-pages.ts',
    on: 'Buffer.compare(a.stamp, b.stamp) === 0',
    off: 'a.stamp.length > 0',
    tests: 'tests/serving/rungs.test.ts',
  },
];
