import { wireCodec } from '@ats/contracts';
import type { Clock, Logger, Metrics, Timers } from '@ats/runtime';
import type { EventLog } from '@ats/storage';
import { type Entropy, newId } from './entropy.ts';
import { StrangerBound } from './stranger-bound.ts';

const EVENT = wireCodec('ats.access.v1.AccessEvent');
/** Fields of requests that are secrets: they are never written down. */
const SECRET = /password|secret|token|passphrase|^api_?key$|^code$|challenge|backup|uri|^qr/i;
const TEXT_LENGTH_MAX = 4000;
/** Longest address that is no token: ids of rooms and members are shorter. */
const OPEN_ADDRESS_MAX = 20;

/** One entry; what is absent is empty. */
export interface AccessEntry {
  readonly actor: string;
  readonly actorKind: 'user' | 'operator' | 'service' | 'stranger';
  readonly role?: string;
  readonly sessionId?: string;
  readonly source: string;
  /** A dotted name, such as session.login or risk.resume. */
  readonly action: string;
  readonly target?: string;
  readonly outcome: 'ok' | 'denied' | 'failed';
  readonly reason?: string;
  /** What was asked. */
  readonly request?: unknown;
  readonly before?: unknown;
  readonly after?: unknown;
  readonly correlationId?: string;
}

/** Takes entries; never throws and never makes a caller wait. */
export interface AccessLog {
  write(entry: AccessEntry): void;
}

/** Whoever knows a webhook's path or a device's token can send there; mail addresses say who. */
function withoutToken(address: string): string {
  if (URL.canParse(address)) return `${new URL(address).origin}/***`;
  const open = address.includes('@') || address.length <= OPEN_ADDRESS_MAX;
  return open ? address : `${address.slice(0, 4)}***`;
}

const hidden = (addresses: object): object =>
  Object.fromEntries(
    Object.entries(addresses).map(([channel, address]) => [channel, withoutToken(String(address))]),
  );

/** The state as JSON without what is secret in it. */
export function withoutSecrets(value: unknown): string {
  if (value === undefined) return '';
  const text = JSON.stringify(value, (key, inner: unknown) => {
    if (key === 'addresses' && typeof inner === 'object' && inner !== null) return hidden(inner);
    if (SECRET.test(key) && inner !== '') return '***';
    return inner instanceof Uint8Array ? `${inner.length} bytes` : inner;
  });
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}...`;
}

/** An access log that its opener ends. */
export interface OpenAccessLog extends AccessLog {
  /** Resolves once the log has all that was written, counts of strangers among it. */
  close(): Promise<void>;
}

/**
 * Appends entries to topic `access`, which the audit exporter archives like every other. Of
 * strangers it takes so many from one address, and a count of the rest.
 */
export function openAccessLog(parts: {
  /** Opened when the first entry comes. */
  readonly eventLog: () => Promise<EventLog>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): OpenAccessLog {
  const { eventLog, clock, entropy, logger } = parts;
  const append = async (entry: AccessEntry): Promise<void> => {
    const log = await eventLog();
    const eventId = newId(entropy);
    const { request, before, after, correlationId = '', ...rest } = entry;
    const blank = { role: '', sessionId: '', target: '', reason: '' };
    const texts = {
      request: withoutSecrets(request),
      before: withoutSecrets(before),
      after: withoutSecrets(after),
    };
    const atUs = clock.nowUs();
    const message = { ...blank, ...rest, ...texts, eventId, atUs, correlationId };
    await log.append({
      topic: 'access',
      key: entry.actor,
      headers: { schema: EVENT.fullName, eventId, correlationId: correlationId || eventId },
      payload: EVENT.encode(message),
    });
  };
  const pending = new Set<Promise<void>>();
  const write = (entry: AccessEntry): void => {
    const { actor, action, outcome, reason = '' } = entry;
    const said = `${actor}: ${action} ${outcome}`;
    logger.info('access.logged', said, { actor, action, outcome, reason });
    const appending = append(entry)
      .catch((error: unknown) => {
        // The line above is then all that is left of it: it says so, for whoever collects lines.
        logger.error('access.unrecorded', `${said}, and the log took no record of it`, { error });
      })
      .finally(() => pending.delete(appending));
    pending.add(appending);
  };
  const bound = new StrangerBound({ ...parts, write });
  return {
    write(entry) {
      if (bound.takes(entry)) write(entry);
    },
    async close() {
      bound.tell();
      await Promise.all(pending);
    },
  };
}
