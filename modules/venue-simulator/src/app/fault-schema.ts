import { z } from 'zod';

/** Everything that can be made to go wrong at a venue. */
const FAULT_KINDS = [
  'disconnect',
  'gap',
  'duplicate',
  'latency',
  'rate-limit',
  'maintenance',
  'crossed',
  'clock-drift',
  'kill',
] as const;

/**
 * One fault, as the configuration and `POST /admin/faults` give it. It lasts `durationMs`, or
 * happens `count` times, whichever the kind has; see the module's README.
 */
export const faultSchema = z.strictObject({
  kind: z.enum(FAULT_KINDS),
  /** The venue it happens to; all of them when absent. */
  venue: z.string().min(1).optional(),
  /** latency, rate-limit, maintenance, crossed, clock-drift, kill: how long; 0 is for good. */
  durationMs: z.int().min(0).max(86_400_000).default(5000),
  /** gap, duplicate: how many data frames of each connection. */
  count: z.int().min(1).max(100_000).default(1),
  /** latency: added to every frame and answer. clock-drift: added to the venue's clock. */
  amountMs: z.int().min(-86_400_000).max(86_400_000).default(500),
});

export type Fault = z.output<typeof faultSchema>;
