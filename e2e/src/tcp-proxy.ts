import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A line between a browser and a server that can be cut, or go silent, and be mended. */
export interface TcpProxy {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  /** Ends what is open and refuses what comes, as a server that is gone. */
  cut(): void;
  /** Loses what is sent and tells nobody, as a cable that was pulled. */
  silence(): void;
  mend(): void;
  close(): Promise<void>;
}

type Line = 'whole' | 'silent' | 'cut';

export async function startTcpProxy(target: string): Promise<TcpProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let line: Line = 'whole';
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
  };
  const endAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const pass = (from: Socket, to: Socket): void => {
    from.on('data', (bytes) => {
      if (line === 'whole') to.write(bytes);
    });
    from.on('close', () => to.destroy());
  };
  const server = createServer((browser) => {
    if (line === 'cut') {
      browser.destroy();
      return;
    }
    const upstream = keep(connect(Number(port), hostname));
    pass(keep(browser), upstream);
    pass(upstream, browser);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      line = 'cut';
      endAll();
    },
    silence() {
      line = 'silent';
    },
    mend() {
      // What was lost in a silence left holes: nobody may go on in the middle of a message.
      endAll();
      line = 'whole';
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        endAll();
      }),
  };
}
