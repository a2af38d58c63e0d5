import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

export interface WebParts {
  /** Where the built web app is, or will be. */
  readonly webFolder: string;
  /** Why there is no web app yet; empty when there is one. */
  readonly webTrouble: () => string;
}

const IMMUTABLE = 'public, max-age=31536000, immutable';

/**
 * The built web app: files with a hash in their name for ever, the page itself asked for each
 * time, and the page for every address that is no file, since the app knows its own addresses.
 */
export async function serveWeb(
  app: FastifyInstance,
  { webFolder, webTrouble }: WebParts,
  unknown: (request: FastifyRequest) => never,
): Promise<void> {
  await app.register(fastifyStatic, {
    root: webFolder,
    // The folder may be made by a build that is under way.
    wildcard: true,
    serve: true,
    preCompressed: true,
    index: false,
    dotfiles: 'ignore',
    setHeaders(reply, path) {
      const hashed = path.includes('/assets/');
      reply.header('cache-control', hashed ? IMMUTABLE : 'no-cache');
    },
  });
  const page = (request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const wantsPage = request.method === 'GET' || request.method === 'HEAD';
    const isAsset = request.url.startsWith('/api/') || request.url.startsWith('/assets/');
    if (!wantsPage || isAsset) return unknown(request);
    if (existsSync(join(webFolder, 'index.html'))) return reply.code(200).sendFile('index.html');
    return reply
      .code(503)
      .header('retry-after', '3')
      .header('refresh', '3')
      .header('cache-control', 'no-store')
      .type('text/html; charset=utf-8')
      .send(waitingPage(webTrouble()));
  };
  app.get('/', page);
  app.setNotFoundHandler(page);
}

function waitingPage(trouble: string): string {
  const text = trouble.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>ATS</title>
<h1>The dashboard is being prepared</h1><p>${text}</p>
<p>Trading does not wait for it. This page looks again every 3 seconds.</p></html>`;
}
