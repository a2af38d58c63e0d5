import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { systemTimers } from '@ats/runtime';
import { WebSocketServer } from 'ws';

/** The floor: one text to every socket at each interval, and nothing else. */
export async function openRawBroadcast(
  intervalMs: number,
  textNow: () => string,
): Promise<{ readonly url: string; close(): void }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  await once(server, 'listening');
  const timer = systemTimers.every(intervalMs, () => {
    const bytes = Buffer.from(textNow());
    for (const socket of server.clients) socket.send(bytes, { binary: false });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      timer.cancel();
      for (const socket of server.clients) socket.terminate();
      server.close();
    },
  };
}
