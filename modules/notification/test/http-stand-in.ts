import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getCACertificates, setDefaultCACertificates, TLSSocket } from 'node:tls';
import { selfSigned } from '@ats/testkit';

/** One request as it came. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** What the stand-in answers next; `hang` never answers, `reset` ends the connection. */
export type Answer =
  | { readonly kind: 'ok'; readonly body?: string }
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter?: string }
  | { readonly kind: 'hang' }
  | { readonly kind: 'reset' };

export interface HttpStandIn {
  readonly url: string;
  /** Everything that came. */
  readonly received: Received[];
  /** What was answered with success. */
  readonly taken: Received[];
  /** Chooses the answer; told how many requests came before. */
  answer: (request: Received, count: number) => Answer;
  close(): Promise<void>;
}

/** A server that this process trusts from now on. */
function secureServer(listener: RequestListener) {
  const { key, certificate } = selfSigned();
  setDefaultCACertificates([...getCACertificates('default'), String(certificate)]);
  return createSecureServer({ key, cert: certificate }, listener);
}

/** A server at the wire level of Slack, FCM and webhooks, that fails on demand. */
export async function startHttpStandIn({ secure = false } = {}): Promise<HttpStandIn> {
  const received: Received[] = [];
  const taken: Received[] = [];
  const listener: RequestListener = (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url = '', headers } = request;
      const one = { path: url, headers, body: Buffer.concat(chunks).toString('utf8') };
      const answer = box.answer(one, received.length);
      received.push(one);
      if (answer.kind === 'ok') taken.push(one);
      give(answer, response);
    });
  };
  const server = secure ? secureServer(listener) : createServer(listener);
  await new Promise<void>((resolve) =>
    server.listen(0, secure ? 'localhost' : '127.0.0.1', resolve),
  );
  const { port } = server.address() as AddressInfo;
  const box: HttpStandIn = {
    ...{
      url: secure ? `https://localhost:${port}` : `http://127.0.0.1:${port}`,
      received,
      taken,
      answer: () => ({ kind: 'ok' }),
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return box;
}

function give(answer: Answer, response: ServerResponse): void {
  if (answer.kind === 'hang') return;
  if (answer.kind === 'reset') {
    const { socket } = response;
    // What is inside of TLS cannot be reset by itself: the connection is cut.
    return void (socket instanceof TLSSocket ? socket.destroy() : socket?.resetAndDestroy());
  }
  if (answer.kind === 'ok') {
    response.writeHead(200, { 'content-type': 'application/json' });
    return void response.end(answer.body ?? '{"ok":true}');
  }
  const { status, retryAfter } = answer;
  response.writeHead(status, retryAfter === undefined ? {} : { 'retry-after': retryAfter });
  response.end('{"ok":false}');
}
