import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';

const LOOPBACK = '127.0.0.1';

/** @returns as many different TCP ports of the loopback interface, free a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(Array.from({ length: count }, holdPort));
  return Promise.all(
    held.map(async (server) => {
      const { port } = server.address() as AddressInfo;
      await new Promise((closed) => server.close(closed));
      return port;
    }),
  );
}

/** @returns a TCP port of the loopback interface that was free a moment ago. */
export async function freePort(): Promise<number> {
  const [port = 0] = await freePorts(1);
  return port;
}

function holdPort(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, LOOPBACK, () => resolve(server));
  });
}
