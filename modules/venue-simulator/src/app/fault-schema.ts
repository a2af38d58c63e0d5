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
  kind: z.enum(FAULT_KINDS),
  /** The venue it happens to; all of them when absent. */
  venue: z.string().min(1).optional(),
  /** Of kinds that last: how long; 0 is for good. */
  durationMs: z.int().min(0).max(86_400_000).default(5000),
  /** Of kinds that are counted: how many frames, orders, requests or reports. */
  count: z.int().min(1).max(100_000).default(1),
  /**
   * latency: added to every frame and answer. clock-drift: added to the venue's clock. Requests
   * without an answer: how long until the connection breaks. Late and swapped reports: how long.
   */
  amountMs: z.int().min(-86_400_000).max(86_400_000).default(500),
  /** price-shock: how far the venue's price of an asset jumps, for as long as it lasts. */
  amountBps: z.int().min(-9900).max(100_000).default(-2000),
  /** price-shock: the base asset; all of them when absent. */
  asset: z.string().min(1).optional(),
  /** It begins so much later. */
  afterMs: z.int().min(0).max(86_400_000).default(0),
  /** rate-limit, ban: whether public requests are refused too. */
  scope: z.enum(['all', 'private']).default('all'),
  /** accepted-then-timeout, rejected-by-timeout: what the requests ask for. */
  request: z.enum(['place', 'replace', 'cancel']).default('place'),
  /** order-reject: why. */
  reason: z.enum(ACCOUNT_REFUSALS).default('INSUFFICIENT_FUNDS'),
  /** disconnect, kill: whether the venue cancels all resting orders of its accounts. */
  massCancel: z.boolean().default(false),
});

export type Fault = z.output<typeof faultSchema>;
