/** The pages for a browser: everything they load comes from here, and they may load nothing else. */

import type { Server } from '../http/typed-fastify.ts';
import { encodingFor, FOREVER, type LoadedFile } from '../http/web-files.ts';

const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const registerWebRoutes = (app: Server, files: readonly LoadedFile[]): void => {
  for (const { url, type, forever, etag, contents } of files) {
    app.get(url, { schema: { hide: true } }, async ({ headers }, reply) => {
      reply.headers({
        etag,
        vary: 'accept-encoding',
        'cache-control': forever ? FOREVER : 'no-cache',
      });
      if (headers['if-none-match'] === etag) return reply.code(304).send();
      const encoding = encodingFor(headers['accept-encoding']);
      if (encoding !== 'identity') reply.header('content-encoding', encoding);
      if (!forever) reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
      return reply.type(type).send(contents[encoding]);
    });
  }
};
