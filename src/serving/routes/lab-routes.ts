/** The laboratory: charts of what was measured, of this server as it runs, and of experiments that run while one looks. */
import Type, { type Static } from 'typebox';
import { errorSchema } from '../http/error-answer.ts';
import { refusal } from '../http/refusal.ts';
import type { Server } from '../http/typed-fastify.ts';

const chartSchema = Type.Object({
  title: Type.String(),
  sentence: Type.String({ description: 'what the chart shows' }),
  svg: Type.String({ description: 'drawn with colours that are variables of a style sheet' }),
  columns: Type.Array(Type.String()),
  rows: Type.Array(Type.Array(Type.Union([Type.String(), Type.Number()]))),
});

export type LabChart = Static<typeof chartSchema>;

const entrySchema = Type.Object({
  id: Type.String(),
  title: Type.String(),
  about: Type.String(),
  source: Type.Enum(['demo', 'server', 'experiment'], {
    type: 'string',
    description: 'what the demo measured, what this server does, or what is tried in a world while one looks',
  }),
});

export type LabEntry = Static<typeof entrySchema>;

const answerSchema = Type.Object({
  chart: Type.Optional(chartSchema),
  absent: Type.Optional(Type.String({ description: 'why there is no chart' })),
  isFinal: Type.Boolean({ description: 'whether asking again would change it' }),
});

export type LabAnswer = Static<typeof answerSchema>;

export interface LabAsk {
  readonly id: string;
  /** CSS pixels. */
  readonly width: number;
  /** What this server exposes of itself, as Prometheus scrapes it. */
  readonly metrics: string;
}

/** What draws the charts: given by who starts the server, for it looks at worlds and their truth. */
export interface Lab {
  readonly entries: readonly LabEntry[];
  /** The chart as it is now; asking for an experiment begins it. */
  ask(ask: LabAsk): Promise<LabAnswer>;
  csv(chart: LabChart): string;
  close(): void;
}

const WIDTH = {
  type: 'integer',
  minimum: 280,
  maximum: 1600,
  default: 720,
  description: 'from 280 to 1600',
} as const;
const tags = ['lab'];

export const registerLabRoutes = (app: Server, lab: Lab): void => {
  const params = Type.Object({ id: Type.String({ description: 'the id of a chart', maxLength: 40 }) });
  const querystring = Type.Object(
    { width: Type.Optional(Type.Integer(WIDTH)) },
    { additionalProperties: false },
  );
  const errors = { '4xx': errorSchema, '5xx': errorSchema };
  const ask = async (id: string, width: number = WIDTH.default): Promise<LabAnswer> => {
    if (!lab.entries.some((entry) => entry.id === id)) {
      const expected = `one of ${lab.entries.map((entry) => entry.id).join(', ')}`;
      throw refusal({ field: 'id', got: id, expected, code: 'chart-unknown', status: 404 });
    }
    const { payload: metrics } = await app.inject('/metrics');
    return await lab.ask({ id, width, metrics });
  };
  const chartOf = async (id: string, width?: number): Promise<LabChart> => {
    const { chart, absent } = await ask(id, width);
    if (chart !== undefined) return chart;
    throw refusal({
      field: 'id',
      got: id,
      expected: `a chart that is there: ${absent}`,
      code: 'chart-absent',
      status: 404,
    });
  };

  app.get(
    '/v1/lab/charts',
    {
      schema: {
        ...{ tags, summary: 'The charts that can be asked for.' },
        querystring: Type.Object({}, { additionalProperties: false }),
        response: { 200: Type.Object({ charts: Type.Array(entrySchema) }), ...errors },
      },
    },
    async () => ({ charts: [...lab.entries] }),
  );
  app.get(
    '/v1/lab/charts/:id',
    {
      schema: {
        ...{ tags, summary: 'A chart as it is now: its sentence, drawing and numbers.', params, querystring },
        response: { 200: answerSchema, ...errors },
      },
    },
    async ({ params: { id }, query: { width } }, reply) => {
      reply.header('cache-control', 'no-store');
      return await ask(id, width);
    },
  );
  app.get(
    '/v1/lab/charts/:id/svg',
    { schema: { tags, summary: 'The drawing as a file.', params, querystring, produces: ['image/svg+xml'] } },
    async ({ params: { id }, query: { width } }, reply) => {
      const { svg } = await chartOf(id, width);
      return reply
        .headers(asFile(`${id}.svg`))
        .type('image/svg+xml')
        .send(svg);
    },
  );
  app.get(
    '/v1/lab/charts/:id/csv',
    {
      schema: {
        ...{ tags, summary: 'The numbers as a file.', params, produces: ['text/csv'] },
        querystring: Type.Object({}, { additionalProperties: false }),
      },
    },
    async ({ params: { id } }, reply) => {
      const csv = lab.csv(await chartOf(id));
      return reply
        .headers(asFile(`${id}.csv`))
        .type('text/csv; charset=utf-8')
        .send(csv);
    },
  );
  app.addHook('onClose', async () => lab.close());
};

const asFile = (name: string) => ({
  'cache-control': 'no-store',
  'content-disposition': `attachment; filename="${name}"`,
});
