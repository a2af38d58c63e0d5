import { AtsError, type Retry, type Secret } from '@ats/domain';
import type { Briefing } from './briefing.ts';

export const CHANNEL_KINDS = ['email', 'slack', 'push', 'webhook', 'file'] as const;
export type ChannelKind = (typeof CHANNEL_KINDS)[number];

/** Where one message goes. */
export interface Destination {
  /** The person's address on this channel. */
  readonly address: string;
  /** The same with every try of one message: receivers can recognise it. */
  readonly messageId: string;
  /** When this try is made, microseconds since the epoch. */
  readonly nowUs: number;
}

/**
 * A way to a person.
 *
 * Ordering: none; messages of one person may be sent at the same time.
 * Durability: `send` resolves when the other side has said that it took the message.
 * Idempotency: none by itself; every try of a message carries its id to the other side.
 * Errors: NOTIFICATION_CHANNEL_FAILED, `never` where trying again is useless, else with how long
 * to wait at least where the other side said so.
 */
export interface Channel {
  readonly kind: ChannelKind;
  /** Gives up after the configured time. */
  send(briefing: Briefing, to: Destination): Promise<void>;
  close(): Promise<void>;
}

/** What a user's own channel is opened with. */
export interface ChannelOptions {
  /** As the configuration has it under the channel, unchecked: read it with care. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly secret: Secret | undefined;
  /** A try that takes longer counts as failed, whatever comes of it. */
  readonly timeoutMs: number;
}

/** What a user's file exports under the name `channel`. */
export interface ChannelFactory {
  /** Of what is wrong with the settings it throws an Error that says so: the start ends with it. */
  open(options: ChannelOptions): Omit<Channel, 'kind'> | Promise<Omit<Channel, 'kind'>>;
}

/** What a channel failed with. @param said what the other side answered, never a secret */
export function channelFailed(said: {
  readonly what: string;
  readonly retry: Retry;
  /** Milliseconds that the other side asks to wait. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}): AtsError {
  const { what, retry, retryAfterMs, cause } = said;
  return new AtsError({
    code: 'NOTIFICATION_CHANNEL_FAILED',
    message: what,
    remedy:
      retry === 'never'
        ? 'Correct the address or the settings of the channel, then retry the dead letter.'
        : 'It is tried again by itself.',
    retry,
    context: retryAfterMs === undefined ? {} : { retryAfterMs },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** How long a failure asks to wait, milliseconds; 0 where it does not. */
export function retryAfterMsOf(error: unknown): number {
  const asked = error instanceof AtsError ? error.context['retryAfterMs'] : undefined;
  return typeof asked === 'number' && Number.isFinite(asked) ? Math.max(0, asked) : 0;
}
