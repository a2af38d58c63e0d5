import { Redis } from 'ioredis';
import { answer, receiveJob, startChild } from '../child.ts';
import { PACED_MS, roundTripUs } from './floors.ts';

/**
 * One raw Redis pub/sub hop, publisher in this process, subscriber in another: half of what a
 * message takes there and back. @returns median microseconds
 */
export async function redisHopUs(options: { url: string; count: number }): Promise<number> {
  const echo = startChild<{ ready: true }>(new URL(import.meta.url), { url: options.url });
  await echo.next();
  const publisher = new Redis(options.url);
  const subscriber = new Redis(options.url);
  await subscriber.subscribe('bench.pong');
  let arrived = (): void => undefined;
  subscriber.on('messageBuffer', () => arrived());
  const payload = Buffer.alloc(300, 1);
  const trip = (): Promise<void> =>
    new Promise((resolve) => {
      arrived = resolve;
      void publisher.publish('bench.ping', payload);
    });
  const median = await roundTripUs({ count: options.count, paceMs: PACED_MS, trip });
  publisher.disconnect();
  subscriber.disconnect();
  await echo.stop();
  return median / 2;
}

if (import.meta.main) {
  const { url } = await receiveJob<{ url: string }>();
  const publisher = new Redis(url);
  const subscriber = new Redis(url);
  await subscriber.subscribe('bench.ping');
  subscriber.on('messageBuffer', (_channel: Buffer, message: Buffer) => {
    void publisher.publish('bench.pong', message);
  });
  answer({ ready: true });
}
