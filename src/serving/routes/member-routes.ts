/** What is served to members: the homepage, a plain list, and the artwork of one title. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Clock } from '../../domain/clock.ts';
import type { Catalogue } from '../../domain/tables.ts';
import type { Metrics } from '../../monitoring/metrics.ts';
import type { Priority } from '../admission/bounded-queue.ts';
import { isOverloaded } from '../admission/overloaded.ts';
import { deviceSchema, idSchema } from '../events/event-schemas.ts';
import { errorSchema } from '../http/error-answer.ts';
import { pageBytes } from '../http/page-bytes.ts';
import {
  type Answered,
  artworkAnswerSchema,
  homepageSchema,
  pageJson,
  recommendationsSchema,
} from '../http/page-json.ts';
import { serverTiming } from '../http/server-timing.ts';
import { HOMEPAGE_ROUTE } from '../http/shed-pages.ts';
import { traceStages } from '../http/tracing.ts';
import type { Server } from '../http/typed-fastify.ts';
import type { Dressed, Served } from '../pipelines/journey.ts';
import type { Ask } from '../pipelines/parts.ts';
import { staticPage } from '../pipelines/static-page.ts';
import type { VersionRouter } from '../router.ts';
import { kindOf, type StageObserver } from '../stage.ts';
import { type TitleRows, titleRowOf } from '../title-rows.ts';
import type { ServerWatch } from '../watching/server-watch.ts';

const MOST_RECOMMENDATIONS = 500;
const DEFAULT_RECOMMENDATIONS = 20;

export interface MemberRouteParts {
  readonly router: VersionRouter;
  readonly catalogue: Catalogue;
  readonly titleRows: TitleRows;
  readonly metrics: Metrics;
  readonly clock: Clock;
  readonly watch?: ServerWatch | undefined;
}

/** A client that fetches ahead says so, as browsers do. */
const priorityOf = ({ headers }: FastifyRequest): Priority =>
  /\bprefetch\b/.test(`${headers['sec-purpose'] ?? ''} ${headers['purpose'] ?? ''}`) ? 'prefetch' : 'person';

const isAnew = ({ headers }: FastifyRequest): boolean => /\bno-cache\b/.test(headers['cache-control'] ?? '');

const sendJson = (reply: FastifyReply, body: Buffer): FastifyReply =>
  reply.type('application/json; charset=utf-8').send(body);

export const registerMemberRoutes = (app: Server, parts: MemberRouteParts): void => {
  const { router, catalogue, titleRows, metrics, clock, watch } = parts;
  const { vocabulary } = catalogue;
  const json = pageJson(catalogue);
  const bytes = pageBytes(catalogue);
  const lastRung = staticPage(catalogue, clock.now());
  const memberParams = { id: idSchema('the id of a member, known or not') };
  const device = Type.Optional(deviceSchema(vocabulary));
  const tags = ['members'];

  const observerOf = ({ log }: FastifyRequest): StageObserver => ({
    stageEnded: (report) => metrics.stageEnded(report),
    bugFound(stage, error) {
      metrics.bugFound(stage);
      log.error({ err: error, stage }, 'bug');
    },
  });
  const askOf = (request: FastifyRequest, memberId: string, deviceName: string | undefined): Ask => {
    const ask = { requestId: request.id, memberId, priority: priorityOf(request) };
    return deviceName === undefined ? ask : { ...ask, device: vocabulary.devices.indexOf(deviceName) };
  };
  const whoOf = ({ id }: FastifyRequest, member: string, modelVersion: string): Answered => ({
    requestId: id,
    member,
    modelVersion,
  });
  /** The bug was told where it was found. @throws what is the caller's to mend, or was shed */
  const staticInstead = (thrown: unknown): Served<Dressed> => {
    const kind = kindOf(thrown);
    if (kind === 'caller' || isOverloaded(thrown)) throw thrown;
    return { value: lastRung, degraded: [{ stage: 'request', reason: kind }], reports: [] };
  };
  const tell = (reply: FastifyReply, { degraded, reports }: Served<unknown>, modelVersion: string): void => {
    traceStages(reply.request, reports, modelVersion);
    for (const { stage, reason } of degraded) metrics.degraded(stage, reason);
    if (degraded.length > 0) reply.log.warn({ degraded }, 'degraded');
    reply.headers({ 'server-timing': serverTiming(reports), 'cache-control': 'no-store' });
  };

  app.get(
    HOMEPAGE_ROUTE,
    {
      schema: {
        tags,
        summary:
          'The homepage: rows of titles, each with its artwork. An unknown member gets the cold-start page. With Cache-Control: no-cache it is made anew; with Sec-Purpose: prefetch it goes after those that people wait for.',
        params: Type.Object(memberParams),
        querystring: Type.Object({ device }, { additionalProperties: false }),
        response: { 200: homepageSchema, '4xx': errorSchema, '5xx': errorSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const pipeline = router.of(id);
      const ask = {
        ...askOf(request, id, request.query.device),
        anew: isAnew(request),
        evidence: watch?.wants(request.id) === true,
      };
      const served = await pipeline.homepage(ask, observerOf(request)).catch(staticInstead);
      tell(reply, served, pipeline.modelVersion);
      metrics.pageServed(served.value.origin);
      watch?.page({
        ...{ requestId: request.id, memberId: id, modelVersion: pipeline.modelVersion },
        page: served.value,
      });
      reply.header('x-page-origin', served.value.origin);
      return sendJson(reply, bytes(whoOf(request, id, pipeline.modelVersion), served));
    },
  );

  app.get(
    '/v1/members/:id/recommendations',
    {
      schema: {
        tags,
        summary: 'The k best titles for the member, best first.',
        params: Type.Object(memberParams),
        querystring: Type.Object(
          {
            k: Type.Optional(
              Type.Integer({
                minimum: 1,
                maximum: MOST_RECOMMENDATIONS,
                default: DEFAULT_RECOMMENDATIONS,
                description: `a whole number from 1 to ${MOST_RECOMMENDATIONS}`,
              }),
            ),
            device,
          },
          { additionalProperties: false },
        ),
        response: { 200: recommendationsSchema, '4xx': errorSchema, '5xx': errorSchema },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { k = DEFAULT_RECOMMENDATIONS, device: deviceName } = request.query;
      const ask = { ...askOf(request, id, deviceName), k };
      const pipeline = router.of(id);
      const served = await pipeline.recommendations(ask, observerOf(request));
      tell(reply, served, pipeline.modelVersion);
      return json.recommendations(whoOf(request, id, pipeline.modelVersion), served);
    },
  );

  app.get(
    '/v1/members/:id/titles/:titleId/artwork',
    {
      schema: {
        tags,
        summary: 'The artwork that the member is shown for the title.',
        params: Type.Object({ ...memberParams, titleId: idSchema('the id of a title') }),
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: artworkAnswerSchema, '4xx': errorSchema, '5xx': errorSchema },
      },
    },
    async (request, reply) => {
      const { id, titleId } = request.params;
      const title = titleRowOf(titleRows, titleId);
      const pipeline = router.of(id);
      const served = await pipeline.artwork({ ...askOf(request, id, undefined), title }, observerOf(request));
      tell(reply, served, pipeline.modelVersion);
      return json.artwork(whoOf(request, id, pipeline.modelVersion), titleId, served);
    },
  );
};
