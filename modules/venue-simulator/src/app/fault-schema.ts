import { z } from 'zod';
import { ACCOUNT_REFUSALS } from '../domain/accounts/orders.ts';

/** Everything that can be made to go wrong at a venue. */
const FAULT_KINDS = [
  'disconnect',
  'gap',
  'duplicate',
  'latency',
  'rate-limit',
  'ban',
  'maintenance',
  'crossed',
  'clock-drift',
  'price-shock',
  'kill',
  'mass-cancel',
  'accepted-then-timeout',
  'rejected-by-timeout',
  'cancel-lost',
  'order-reject',
  'partial-fill',
  'fill-during-cancel',
  'report-drop',
  'report-duplicate',
  'report-late',
  'report-reorder',
] as const;

/**
 * One fault, as the configuration and `POST /admin/faults` give it. It lasts `durationMs`, or
 * happens `count` times, whichever the kind has; see the module's README.
 */
export const faultSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS).describe('What happens.'),
  venue: z.string().min(1).optional().describe('The venue it happens to; absent: all of them.'),
  durationMs: z
    .int()
    .min(0)
    .max(86_400_000)
    .default(5000)
    .describe('Of kinds that last: how long; 0 is for good.'),
  count: z
    .int()
    .min(1)
    .max(100_000)
    .default(1)
    .describe('Of kinds that are counted: how many frames, orders, requests or reports.'),
  amountMs: z
    .int()
    .min(-86_400_000)
    .max(86_400_000)
    .default(500)
    .describe(
      "latency: added to every frame and answer. clock-drift: added to the venue's " +
        'clock. Requests without an answer: how long until the connection breaks. Late ' +
        'and swapped reports: how long.',
    ),
  amountBps: z
    .int()
    .min(-9900)
    .max(100_000)
    .default(-2000)
    .describe("price-shock: how far the venue's price of an asset jumps, for as long as it lasts."),
  asset: z.string().min(1).optional().describe('price-shock: the base asset; absent: all of them.'),
  afterMs: z.int().min(0).max(86_400_000).default(0).describe('It begins so much later.'),
  scope: z
    .enum(['all', 'private'])
    .default('all')
    .describe('rate-limit, ban: whether public requests are refused too.'),
  request: z
    .enum(['place', 'replace', 'cancel'])
    .default('place')
    .describe('accepted-then-timeout, rejected-by-timeout: what the requests ask for.'),
  reason: z.enum(ACCOUNT_REFUSALS).default('INSUFFICIENT_FUNDS').describe('order-reject: why.'),
  massCancel: z
    .boolean()
    .default(false)
    .describe('disconnect, kill: whether the venue cancels all resting orders of its accounts.'),
});

export type Fault = z.output<typeof faultSchema>;
