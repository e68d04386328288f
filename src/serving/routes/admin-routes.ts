/** Routes under /v1/admin: they change what the server does, or tell what is not for members. None is answered without the token. */
import type { RouteOptions } from 'fastify';
import Type from 'typebox';
import { tokenCheck } from '../http/admin-token.ts';
import { errorSchema } from '../http/error-answer.ts';
import type { Server } from '../http/typed-fastify.ts';

/** Adds routes, their paths without the prefix. They are shed by no load: whoever mends an overload comes this way. */
export type AdminRoutes = (admin: Server) => void;

export const ADMIN_PREFIX = '/v1/admin';

export interface AdminAccess {
  /** What `Authorization: Bearer` must hold. Without one every request is refused. */
  readonly token?: string | undefined;
}

export const registerAdmin = async (
  app: Server,
  { token }: AdminAccess,
  routes: readonly AdminRoutes[],
): Promise<void> => {
  const expectHolder = tokenCheck(token);
  await app.register(
    async (admin: Server) => {
      admin.addHook('onRequest', async ({ headers }, reply) => {
        reply.headers({ 'www-authenticate': 'Bearer', 'cache-control': 'no-store' });
        expectHolder(headers.authorization);
        reply.removeHeader('www-authenticate');
      });
      admin.addHook('onRoute', describeAsAdmin);
      for (const add of routes) add(admin);
    },
    { prefix: ADMIN_PREFIX },
  );
};

const NEVER_SHED = { pressureHandler: () => undefined };

const describeAsAdmin = (route: RouteOptions): void => {
  const { schema = {}, config } = route;
  const response = typeof schema.response === 'object' ? schema.response : {};
  route.schema = {
    tags: ['admin'],
    security: [{ bearer: [] }],
    querystring: Type.Object({}, { additionalProperties: false }),
    ...schema,
    response: { '4xx': errorSchema, '5xx': errorSchema, ...response },
  };
  route.config = { ...config, ...NEVER_SHED };
};

const processSchema = Type.Object({
  pid: Type.Integer(),
  node: Type.String(),
  upSeconds: Type.Number(),
  heapUsedBytes: Type.Integer(),
  residentBytes: Type.Integer(),
});

/** What process answers. */
export const processRoutes: AdminRoutes = (admin) => {
  admin.get(
    '/process',
    { schema: { summary: 'The process that answers.', response: { 200: processSchema } } },
    async () => {
      const { heapUsed, rss } = process.memoryUsage();
      return {
        pid: process.pid,
        node: process.versions.node,
        upSeconds: process.uptime(),
        heapUsedBytes: heapUsed,
        residentBytes: rss,
      };
    },
  );
};
