/** One request in its log line, its trace and the served log, under one id. */
import { Writable } from 'node:stream';
import {
  type Attributes,
  type Context,
  context,
  propagation,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dependencyError } from '../../src/domain/errors.ts';
import { createLogger } from '../../src/serving/http/logger.ts';
import { dataset } from './serving-fixture.ts';
import { startWatched, type WatchedChanges } from './watching-fixture.ts';

interface Recorded {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentId: string | undefined;
  readonly attributes: Attributes;
  readonly start: number | undefined;
  end?: number | undefined;
  failed?: boolean;
}

/** A tracer provider that keeps what it is told: what an SDK would export. */
const recordingProvider = () => {
  const spans: Recorded[] = [];
  let count = 0;
  const startSpan = (name: string, options: SpanOptions = {}, parent: Context = context.active()): Span => {
    const outer = trace.getSpanContext(parent);
    count += 1;
    const own: SpanContext = {
      traceId: outer?.traceId ?? String(count).padStart(32, '0'),
      spanId: String(count).padStart(16, '0'),
      traceFlags: 1,
    };
    const recorded: Recorded = {
      ...{ name, traceId: own.traceId, spanId: own.spanId, parentId: outer?.spanId },
      attributes: { ...options.attributes },
      start: options.startTime as number | undefined,
    };
    spans.push(recorded);
    const span: Span = {
      spanContext: () => own,
      setAttribute(key, value) {
        recorded.attributes[key] = value;
        return span;
      },
      setAttributes: () => span,
      addEvent: () => span,
      addLink: () => span,
      addLinks: () => span,
      setStatus({ code }) {
        recorded.failed = code === SpanStatusCode.ERROR;
        return span;
      },
      updateName: () => span,
      end(at) {
        recorded.end = at as number | undefined;
      },
      isRecording: () => true,
      recordException: () => undefined,
    };
    return span;
  };
  return {
    spans,
    getTracer: () => ({
      startSpan,
      startActiveSpan: () => {
        throw new Error('not used here');
      },
    }),
  };
};

/** W3C's header, as an SDK reads it. */
const w3c = {
  inject: () => undefined,
  fields: () => ['traceparent'],
  extract(parent: Context, carrier: unknown) {
    const header = String(Reflect.get(carrier as object, 'traceparent') ?? '');
    const [, traceId, spanId] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-01$/.exec(header) ?? [];
    return traceId === undefined || spanId === undefined
      ? parent
      : trace.setSpanContext(parent, { traceId, spanId, traceFlags: 1, isRemote: true });
  },
};

const recordingLog = () => {
  const lines: Record<string, unknown>[] = [];
  const to = new Writable({
    write(chunk, _encoding, done) {
      for (const line of String(chunk).trim().split('\n')) lines.push(JSON.parse(line));
      done();
    },
  });
  return { lines, to };
};

const running: { close(): Promise<void> }[] = [];
const start = async (changes: WatchedChanges = {}) => {
  const server = await startWatched(changes);
  running.push(server);
  return server;
};
let provider = recordingProvider();
beforeEach(() => {
  provider = recordingProvider();
  trace.setGlobalTracerProvider(provider);
  propagation.setGlobalPropagator(w3c);
});
afterEach(async () => {
  trace.disable();
  propagation.disable();
  for (const each of running.splice(0)) await each.close();
});

const MEMBER = dataset.members.ids[0];
const PARENT = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) };

describe('a request', () => {
  it('has one id in its answer, its log line, its trace and the served log', async () => {
    const { lines, to } = recordingLog();
    const { homepage, seen } = await start({ app: { logger: createLogger('info', to) } });
    const reply = await homepage(MEMBER, 'one-id');
    expect(reply.headers['x-request-id']).toBe('one-id');
    expect(reply.json().requestId).toBe('one-id');
    expect(seen.map(({ requestId }) => requestId)).toEqual(['one-id']);
    const [line] = lines.filter(({ msg }) => msg === 'request');
    const [span] = provider.spans;
    expect(line).toMatchObject({
      ...{
        requestId: 'one-id',
        route: '/v1/members/:id/homepage',
        method: 'GET',
        status: 200,
        level: 'info',
      },
      traceId: span.traceId,
    });
    expect(span.attributes).toMatchObject({
      ...{ 'marquee.request_id': 'one-id', 'marquee.model_version': 'v1' },
      ...{ 'http.route': '/v1/members/:id/homepage', 'http.response.status_code': 200 },
    });
  });

  it('has a span for each stage, within the one that it is a part of, in the trace of who called', async () => {
    const { app } = await start();
    await app.inject({
      url: `/v1/members/${MEMBER}/homepage`,
      headers: { traceparent: `00-${PARENT.traceId}-${PARENT.spanId}-01` },
    });
    const byName = new Map(provider.spans.map((span) => [span.name, span]));
    const root = byName.get('GET /v1/members/:id/homepage');
    expect(root).toMatchObject({ traceId: PARENT.traceId, parentId: PARENT.spanId });
    const parentOf = (name: string): string | undefined =>
      provider.spans.find(({ spanId }) => spanId === byName.get(name)?.parentId)?.name;
    expect(parentOf('request')).toBe('GET /v1/members/:id/homepage');
    expect(parentOf('candidate-generation.popularity')).toBe('candidate-generation');
    for (const stage of ['context', 'candidate-generation', 'ranking', 'page', 'artwork']) {
      const span = byName.get(stage);
      expect(parentOf(stage)).toBe('request');
      expect(span?.traceId).toBe(PARENT.traceId);
      expect(span?.attributes).toMatchObject({ 'marquee.stage': stage, 'marquee.outcome': 'ok' });
      expect(span?.end).toBeGreaterThanOrEqual(span?.start as number);
    }
  });

  it('tells in its trace which stage failed and what stood in for it', async () => {
    const { homepage } = await start({
      pipeline: {
        ranker: {
          name: 'away',
          featureNames: [],
          score: () => Promise.reject(dependencyError('away', 'the ranker is away')),
        },
      },
    });
    expect((await homepage(MEMBER, 'r')).statusCode).toBe(200);
    const ranking = provider.spans.find(({ name }) => name === 'ranking');
    expect(ranking).toMatchObject({
      failed: true,
      attributes: { 'marquee.outcome': 'failed', 'marquee.degraded': 'dependency' },
    });
  });

  it('is not traced, and answers as ever, where nobody brought an SDK', async () => {
    trace.disable();
    const { lines, to } = recordingLog();
    const { homepage } = await start({ app: { logger: createLogger('info', to) } });
    expect((await homepage(MEMBER, 'r')).statusCode).toBe(200);
    expect(provider.spans).toEqual([]);
    expect(lines[0]).not.toHaveProperty('traceId');
  });
});

describe('the log', () => {
  it('has one line a request at info, none of them at error, and no secrets', async () => {
    const { lines, to } = recordingLog();
    const logger = createLogger('info', to);
    const { app, homepage } = await start({ app: { logger } });
    await homepage(MEMBER, 'r-1');
    await app.inject({ url: '/v1/nowhere', headers: { authorization: 'Bearer hush', cookie: 'hush' } });
    expect(lines.filter(({ msg }) => msg === 'request')).toHaveLength(2);
    logger.info({ authorization: 'Bearer hush', headers: { cookie: 'hush' }, token: 'hush' }, 'careless');
    expect(JSON.stringify(lines)).not.toContain('hush');
    expect(JSON.stringify(lines)).toContain('[redacted]');
    const quiet = recordingLog();
    const other = await start({ app: { logger: createLogger('error', quiet.to) } });
    await other.homepage(MEMBER, 'r-2');
    expect(quiet.lines).toEqual([]);
  });
});
