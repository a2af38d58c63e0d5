import { sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';
import { nativeDialects } from './adapters/dialects/index.ts';
import { isAdapterPath } from './adapters/user-adapter.ts';

const milliseconds = (most: number) => z.int().min(1).max(most);

const collectorSchema = z.strictObject({
  channels: z.array(z.enum(['book', 'trade', 'ticker'])).min(1),
  /** Levels of each side to ask venues for. */
  bookDepth: z.int().min(1).max(5000),
  /** Levels of each side in a published book. */
  publishDepth: z.int().min(1).max(1000),
  /** Age at which a book is stale; at twice the age it is asked for anew. */
  staleAfterMs: milliseconds(3_600_000),
  /** How long a book may be crossed before it is dropped; it is not published meanwhile. */
  crossedGraceMs: z.int().min(0).max(60_000),
  /** Raise it beyond the age of a recording that is played through sockets. */
  clockSkewMaxMs: milliseconds(Number.MAX_SAFE_INTEGER),
  clockSkewWindowMs: milliseconds(600_000),
  /** How often ages, silences and resyncs are checked. */
  guardPeriodMs: milliseconds(10_000),
  /** Whether quotes and trades go to the tick store. */
  ticks: z.boolean(),
  /** File that every frame is recorded to; absent for none. */
  record: z.string().min(1).optional(),
  resync: z.strictObject({
    perSecond: z.number().positive().max(1000),
    burst: z.int().min(1).max(1000),
    timeoutMs: milliseconds(600_000),
    attemptsMax: z.int().min(1).max(1000),
    backoffMaxMs: milliseconds(600_000),
  }),
  connection: z.strictObject({
    connectTimeoutMs: milliseconds(600_000),
    backoffBaseMs: milliseconds(600_000),
    backoffMaxMs: milliseconds(3_600_000),
    sendQueueMax: z.int().min(1).max(100_000),
    frameBytesMax: z.int().min(1024).max(1_073_741_824),
  }),
  rest: z.strictObject({
    timeoutMs: milliseconds(600_000),
    requestsPerSecond: z.number().positive().max(1000),
    burst: z.int().min(1).max(1000),
    queueMax: z.int().min(1).max(100_000),
    bodyBytesMax: z.int().min(1024).max(1_073_741_824),
    breakerErrorPercent: z.int().min(1).max(100),
    breakerResetMs: milliseconds(3_600_000),
  }),
});

/** The sections of the configuration that the collector reads. */
export const collectorConfigSchema = z
  .object({
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    sharing: sharedConfigShape.sharing,
    collector: collectorSchema,
  })
  .superRefine((config, context) => {
    for (const [name, venue] of Object.entries(config.venues)) {
      if (!venue.enabled) continue;
      const { feed } = venue;
      const native = nativeDialects.feeds.includes(feed);
      if (!native && !/^ccxt:[a-z0-9]+$/.test(feed) && !isAdapterPath(feed)) {
        const known = nativeDialects.feeds.join(', ');
        context.addIssue({
          code: 'custom',
          path: ['venues', name, 'feed'],
          message: `"${feed}" is no feed: use ${known}, ccxt:<exchange> or the path of an adapter`,
        });
      }
      if (feed.startsWith('ccxt:') && config.collector.record !== undefined) {
        const message = `"${feed}" cannot be recorded: ccxt shows no frames; leave the venue out`;
        context.addIssue({ code: 'custom', path: ['venues', name, 'feed'], message });
      }
      if (venue.ws.length === 0 && !feed.startsWith('ccxt:')) {
        const message = 'expected at least one ws:// or wss:// endpoint';
        context.addIssue({ code: 'custom', path: ['venues', name, 'ws'], message });
      }
    }
  });

export type CollectorConfig = z.output<typeof collectorConfigSchema>;
