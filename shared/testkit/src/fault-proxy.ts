import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';

/** What a proxy answers in the server's stead. */
export interface InjectedAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Stands between an HTTP client and a real server, and lets through what is not spoilt. */
export interface FaultProxy {
  readonly host: string;
  readonly port: number;
  /** Requests that came. */
  readonly requests: number;
  /** Answers the next requests itself; the server never sees them. */
  refuse(count: number, answer: InjectedAnswer): void;
  /** Lets the server do the next requests, and cuts the connections instead of answering. */
  loseAnswers(count: number): void;
  close(): Promise<void>;
}

class HttpFaultProxy {
  readonly target: { readonly host: string; readonly port: number };
  readonly injected: InjectedAnswer[] = [];
  requests = 0;
  losses = 0;

  constructor(target: { readonly host: string; readonly port: number }) {
    this.target = target;
  }

  handle(from: IncomingMessage, to: ServerResponse): void {
    this.requests += 1;
    const answer = this.injected.shift();
    if (answer !== undefined) {
      from.resume();
      from.once('end', () => to.writeHead(answer.status, answer.headers).end(answer.body));
      return;
    }
    const loses = this.losses > 0;
    if (loses) this.losses -= 1;
    const { host, port } = this.target;
    const { method, url, headers } = from;
    const forward = request({ host, port, method, path: url, headers }, (reply) => {
      if (loses) {
        reply.resume();
        reply.once('end', () => to.destroy());
        return;
      }
      to.writeHead(reply.statusCode ?? 502, reply.headers);
      reply.pipe(to);
    });
    forward.once('error', () => to.destroy());
    from.pipe(forward);
  }
}

/** Starts an HTTP proxy on a free loopback port, in front of a real server. */
export async function startFaultProxy(target: {
  readonly host: string;
  readonly port: number;
}): Promise<FaultProxy> {
  const proxy = new HttpFaultProxy(target);
  const server = createServer((from, to) => proxy.handle(from, to));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    host: '127.0.0.1',
    port: typeof address === 'object' && address !== null ? address.port : 0,
    get requests() {
      return proxy.requests;
    },
    refuse(count, answer) {
      for (let index = 0; index < count; index += 1) proxy.injected.push(answer);
    },
    loseAnswers(count) {
      proxy.losses += count;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
