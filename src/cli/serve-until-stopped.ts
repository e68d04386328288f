import { startServer } from '../serving/server.ts';
import { openService, type Service } from '../serving/service.ts';
import { workPlaces } from '../serving/work-places.ts';
import { HOST } from './beforehand.ts';
import type { Shell } from './shell.ts';

export interface ServeOptions {
  readonly workDir: string;
  readonly port: number;
}

/**
 * Serves what was published last, says where, and settles once an interrupt ended it and the requests under
 * way were answered.
 * @throws MarqueeError (caller) when nothing was published, a file was altered, or the port is taken
 */
export const serveUntilStopped = async ({ workDir, port }: ServeOptions, shell: Shell): Promise<void> => {
  const opening = shell.progress.step('open version');
  const service = await openService(workPlaces(workDir));
  opening.end(`${service.modelVersion}; index ${service.index.reason}`);
  const server = await startServer(service.app, { host: HOST, port, onClosed: () => service.close() });
  shell.out(
    `\nServing version ${service.modelVersion} at ${server.url}, described at ${server.url}/docs. Worth trying:`,
  );
  for (const line of worthTrying(server.url, service)) shell.out(line);
  await server.closed;
};

const worthTrying = (url: string, { members, titleIds, hasArtworks }: Service): string[] => {
  const member = `${url}/v1/members/${encodeURIComponent(members.ids[0])}`;
  return [
    `curl -s ${member}/homepage`,
    `curl -s '${member}/recommendations?k=10'`,
    hasArtworks
      ? `curl -s ${member}/titles/${encodeURIComponent(titleIds[0])}/artwork`
      : `curl -s ${url}/metrics`,
  ];
};
