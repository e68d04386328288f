/**
 * Traces through the OpenTelemetry API: a span for each request, and one for each of its stages. Without a tracer provider,
 * which users bring with the SDK of their choice, nothing is recorded and nothing is built.
 */
import {
  type Attributes,
  context,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import type { FastifyRequest } from 'fastify';
import { messageOf } from '../../domain/errors.ts';
import type { StageReport } from '../stage.ts';
import type { Server } from './typed-fastify.ts';

const TRACER = 'marquee';

const spans = new WeakMap<FastifyRequest, Span>();

/** Of the request's trace, where it is recorded: what its log lines tell. */
export const traceIdOf = (request: FastifyRequest): string | undefined =>
  spans.get(request)?.spanContext().traceId;

/** A request's parent is the one in its headers, such as W3C's `traceparent`, as far as the user's SDK reads them. */
export const traceRequests = (app: Server): void => {
  app.addHook('onRequest', async (request) => {
    const { method, headers, id } = request;
    const route = routeOf(request);
    const attributes = { 'http.request.method': method, 'http.route': route, 'marquee.request_id': id };
    const parent = propagation.extract(context.active(), headers);
    const span = trace
      .getTracer(TRACER)
      .startSpan(`${method} ${route}`, { kind: SpanKind.SERVER, attributes }, parent);
    if (span.isRecording()) spans.set(request, span);
  });
  app.addHook('onResponse', async (request, { statusCode }) => {
    const span = spans.get(request);
    if (span === undefined) return;
    span.setAttribute('http.response.status_code', statusCode);
    if (statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
};

const routeOf = ({ routeOptions }: FastifyRequest): string => routeOptions.url ?? 'unknown';

/** To be called as the stages are done: the last report is the whole's. */
export const traceStages = (
  request: FastifyRequest,
  reports: readonly StageReport[],
  modelVersion: string,
): void => {
  const span = spans.get(request);
  const whole = reports.at(-1);
  if (span === undefined || whole === undefined) return;
  span.setAttribute('marquee.model_version', modelVersion);
  const beganAt = performance.timeOrigin + performance.now() - whole.startMs - whole.durationMs;
  const tracer = trace.getTracer(TRACER);
  const open: { report: StageReport; span: Span }[] = [];
  for (const report of [whole, ...reports.slice(0, -1).sort(outermostFirst)]) {
    const { stage, status, startMs, durationMs, budgetMs, degraded, error } = report;
    const around = open.findLast((outer) => isAround(outer.report, report)) ?? open[0];
    const attributes: Attributes = {
      ...{ 'marquee.stage': stage, 'marquee.outcome': status, 'marquee.budget_ms': budgetMs },
      ...{ 'marquee.model_version': modelVersion },
      ...(degraded === undefined ? {} : { 'marquee.degraded': degraded }),
    };
    const times = { startTime: beganAt + startMs, attributes };
    const own = tracer.startSpan(stage, times, trace.setSpan(context.active(), around?.span ?? span));
    if (error !== undefined) own.setStatus({ code: SpanStatusCode.ERROR, message: messageOf(error) });
    open.push({ report, span: own });
    own.end(beganAt + startMs + durationMs);
  }
};

const outermostFirst = (a: StageReport, b: StageReport): number =>
  a.startMs - b.startMs || b.durationMs - a.durationMs || depthOf(a) - depthOf(b);

const depthOf = ({ stage }: StageReport): number => stage.split('.').length;

/** A part of a stage is named after it; another stage is within the one during which it ran, for only part of its time. */
const isAround = (outer: StageReport, inner: StageReport): boolean => {
  const dot = inner.stage.lastIndexOf('.');
  if (dot >= 0) return outer.stage === inner.stage.slice(0, dot);
  const ends = [outer, inner].map(({ startMs, durationMs }) => startMs + durationMs);
  const isLonger = outer.durationMs > inner.durationMs;
  return !outer.stage.includes('.') && isLonger && outer.startMs <= inner.startMs && ends[0] >= ends[1];
};
