/** For whoever wants to see inside: why a title stands where it does, and what other parts would have made of the page. */
import Type from 'typebox';
import type { Catalogue } from '../../domain/tables.ts';
import type { ArtworkDrawer } from '../drawings/artwork-drawer.ts';
import { ID_PATTERN, idSchema } from '../events/event-schemas.ts';
import { comparisonJson, comparisonSchema } from '../http/compare-json.ts';
import { errorSchema } from '../http/error-answer.ts';
import { pageJson } from '../http/page-json.ts';
import { refusal } from '../http/refusal.ts';
import type { Server } from '../http/typed-fastify.ts';
import { whyJson, whySchema } from '../http/why-json.ts';
import { SWAP_KINDS, type Swap } from '../pipelines/compare.ts';
import type { VersionRouter } from '../router.ts';
import { type TitleRows, titleRowOf } from '../title-rows.ts';

export interface WhyRouteParts {
  readonly router: VersionRouter;
  readonly catalogue: Catalogue;
  readonly titleRows: TitleRows;
  readonly drawer: ArtworkDrawer;
}

export const registerWhyRoutes = (
  app: Server,
  { router, catalogue, titleRows, drawer }: WhyRouteParts,
): void => {
  const tags = ['browsing'];
  const errors = { '4xx': errorSchema, '5xx': errorSchema };
  const json = pageJson(catalogue);
  const member = { id: idSchema('the id of a member, known or not') };

  app.get(
    '/v1/members/:id/titles/:titleId/why',
    {
      schema: {
        tags,
        summary: 'Why the title stands where it does on the page of the member: what each stage said of it.',
        params: Type.Object({ ...member, titleId: idSchema('the id of a title') }),
        querystring: Type.Object(
          { requestId: Type.Optional(idSchema('the requestId of the page that is asked about')) },
          { additionalProperties: false },
        ),
        response: { 200: whySchema, ...errors },
      },
    },
    async (request, reply) => {
      const { id, titleId } = request.params;
      const title = titleRowOf(titleRows, titleId);
      const { requestId = request.id } = request.query;
      const pipeline = router.of(id);
      const explanation = await pipeline.explain({ requestId, memberId: id, title });
      reply.header('cache-control', 'no-store');
      const { modelVersion } = pipeline;
      const who = { requestId, member: id, modelVersion, arms: router.arms(id) };
      return whyJson(who, explanation, catalogue, drawer);
    },
  );

  const part = Type.Optional(
    Type.String({ pattern: ID_PATTERN, description: 'the name of an installed part; else what serves' }),
  );
  app.get(
    '/v1/members/:id/compare',
    {
      schema: {
        tags,
        summary: 'The page of the member as it is served, and as other installed parts would make it.',
        params: Type.Object(member),
        querystring: Type.Object(
          { generator: part, ranker: part, pageBuilder: part, policy: part },
          { additionalProperties: false },
        ),
        response: { 200: comparisonSchema, ...errors },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const pipeline = router.of(id);
      const { installed } = pipeline;
      if (SWAP_KINDS.every((kind) => installed[kind].length === 1)) {
        const expected = 'a server on which other parts are installed';
        throw refusal({ field: 'path', got: request.url, expected, code: 'nothing-installed', status: 404 });
      }
      const swap: Swap = request.query;
      for (const kind of SWAP_KINDS) {
        const name = swap[kind];
        if (name === undefined || installed[kind].includes(name)) continue;
        throw refusal({ field: kind, got: name, expected: `one of ${installed[kind].join(', ')}` });
      }
      const comparison = await pipeline.compare({ requestId: request.id, memberId: id, swap });
      reply.header('cache-control', 'no-store');
      const who = { requestId: request.id, member: id, modelVersion: pipeline.modelVersion };
      return comparisonJson(who, comparison, installed, json);
    },
  );
};
