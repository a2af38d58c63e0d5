import { sharedConfigShape } from '@ats/runtime';
import { z } from 'zod';
import { nativeDialects } from './adapters/dialects/index.ts';
import { isAdapterPath } from './adapters/user-adapter.ts';

const milliseconds = (most: number) => z.int().min(1).max(most);

const collectorSchema = z.strictObject({
  channels: z
    .array(z.enum(['book', 'trade', 'ticker']))
    .min(1)
    .describe('What is asked of venues.'),
  bookDepth: z.int().min(1).max(5000).describe('Levels of each side to ask venues for.'),
  publishDepth: z.int().min(1).max(1000).describe('Levels of each side in a published book.'),
  staleAfterMs: milliseconds(3_600_000).meta({
    description: 'Age at which a book is stale; at twice the age it is asked for anew.',
    hot: true,
  }),
  crossedGraceMs: z.int().min(0).max(60_000).meta({
    description:
      'How long a book may be crossed before it is dropped; it is not published meanwhile.',
    hot: true,
  }),
  clockSkewMaxMs: milliseconds(Number.MAX_SAFE_INTEGER).describe(
    "Difference between a venue's clock and ours at which the venue is not believed. " +
      'Raise it beyond the age of a recording that is played through sockets.',
  ),
  clockSkewWindowMs: milliseconds(600_000).describe(
    'The least difference within this window counts.',
  ),
  guardPeriodMs: milliseconds(10_000).describe('How often ages, silences and resyncs are checked.'),
  ticks: z
    .boolean()
    .meta({ description: 'Whether quotes and trades go to the tick store.', hot: true }),
  record: z
    .string()
    .min(1)
    .optional()
    .describe('File that every frame is recorded to; absent: none.'),
  resync: z
    .strictObject({
      perSecond: z
        .number()
        .positive()
        .max(1000)
        .describe('Resyncs a second in the long run, for each venue.'),
      burst: z.int().min(1).max(1000).describe('Resyncs at once.'),
      timeoutMs: milliseconds(600_000).meta({
        description: 'A book that has not come within this time is asked for again.',
        hot: true,
      }),
      attemptsMax: z
        .int()
        .min(1)
        .max(1000)
        .meta({ description: 'After so many attempts the connection is made anew.', hot: true }),
      backoffMaxMs: milliseconds(600_000).meta({
        description: 'Longest pause between attempts.',
        hot: true,
      }),
    })
    .describe('Asking for a book anew after a gap.'),
  connection: z
    .strictObject({
      connectTimeoutMs: milliseconds(600_000).describe('Longest that the handshake may take.'),
      backoffBaseMs: milliseconds(600_000).describe(
        'Longest pause before the second attempt, full jitter; it doubles.',
      ),
      backoffMaxMs: milliseconds(3_600_000).describe('Longest pause of all.'),
      sendQueueMax: z.int().min(1).max(100_000).describe('Messages that may wait to be sent.'),
      frameBytesMax: z.int().min(1024).max(1_073_741_824).describe('Largest frame that is taken.'),
    })
    .describe('The WebSocket to a venue.'),
  rest: z
    .strictObject({
      timeoutMs: milliseconds(600_000).describe('Longest that one endpoint may take.'),
      requestsPerSecond: z
        .number()
        .positive()
        .max(1000)
        .describe('Requests a second in the long run, for each venue.'),
      burst: z.int().min(1).max(1000).describe('Requests at once.'),
      queueMax: z.int().min(1).max(100_000).describe('Requests that may wait for their turn.'),
      bodyBytesMax: z.int().min(1024).max(1_073_741_824).describe('Largest answer that is taken.'),
      breaker: z
        .strictObject({
          failurePercentMax: z
            .int()
            .min(1)
            .max(100)
            .describe('Share of failures at which it opens.'),
          openMs: milliseconds(3_600_000).describe('After so long one call is tried.'),
        })
        .describe('Leaves a venue alone whose REST fails.'),
    })
    .describe('REST calls to a venue: snapshots.'),
});

/** The sections of the configuration that the collector reads. */
export const collectorConfigSchema = z
  .object({
    assets: sharedConfigShape.assets,
    venues: sharedConfigShape.venues,
    sharing: sharedConfigShape.sharing,
    collector: collectorSchema.describe("Exchanges' streams in, whole and verified books out."),
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
