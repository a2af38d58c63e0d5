import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';

const LOOPBACK = '127.0.0.1';
/**
 * Below what systems give out by themselves (Linux from 32768, others from 49152): between the look
 * and the use no connection of anybody takes it.
 */
const RANGE = { from: 20_000, to: 32_768 };
const TRIES_MAX = 1000;

/** @returns as many different TCP ports of the loopback interface, free a moment ago. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => holdPort(TRIES_MAX)));
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

async function holdPort(triesLeft: number): Promise<Server> {
  const port = RANGE.from + Math.floor(Math.random() * (RANGE.to - RANGE.from));
  try {
    return await new Promise<Server>((resolve, reject) => {
      const server = createServer();
      server.once('error', reject);
      server.listen(port, LOOPBACK, () => resolve(server));
    });
  } catch (problem) {
    if (triesLeft <= 0) throw problem;
    return holdPort(triesLeft - 1);
  }
}
