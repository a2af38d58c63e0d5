import type { Clock, TimerHandle, Timers } from '@ats/runtime';
import type { HeldStreams } from '@ats/security';
import type { Bearers } from '../../app/bearers.ts';
import type { Denials } from '../../app/denials.ts';
import type { Action, Principal } from '../../domain/permissions.ts';
import { refusal } from '../../domain/refusals.ts';

/** Why nobody stands behind a stream any longer. */
export type Over = 'expired' | 'session-over';

export interface StreamIdentityParts {
  readonly bearers: Pick<Bearers, 'find'>;
  readonly denials: Denials;
  /** Ends streams with the sessions that opened them. */
  readonly streams: HeldStreams;
  readonly clock: Clock;
  readonly timers: Timers;
}

const TARGET = '/stream';
/** A timer of Node that is to run longer than 24.8 days runs at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/**
 * Who a client of the stream is. It lasts as long as the session and the token behind it; the
 * same one may show the next token in time.
 */
export class StreamIdentity {
  private readonly parts: StreamIdentityParts;
  private readonly source: string;
  private readonly onOver: (why: Over) => void;
  private known: Principal | undefined;
  private release: () => void = () => {};
  private expiry: TimerHandle | undefined;
  private closed = false;

  /** @param how `onOver` is called once the token has expired or the session has ended */
  constructor(
    parts: StreamIdentityParts,
    how: { readonly source: string; readonly onOver: (why: Over) => void },
  ) {
    this.parts = parts;
    this.source = how.source;
    this.onOver = how.onOver;
  }

  get principal(): Principal | undefined {
    return this.known;
  }

  /** The one who wants a channel, of whom every "no" is told. */
  asking(principal: Principal, about: { readonly channel: string; readonly action: Action }) {
    const target = `${TARGET} ${about.channel}`;
    const { action } = about;
    return this.parts.denials.watched(principal, { source: this.source, target, action });
  }

  /** Takes a token. @throws REQUEST_UNAUTHENTICATED, REQUEST_FORBIDDEN for that of another */
  async authenticate(token: string): Promise<Principal> {
    const found = await this.parts.bearers.find(token);
    if (found === undefined) throw this.turnAway();
    const { known } = this;
    if (known !== undefined && (known.name !== found.name || known.kind !== found.kind)) {
      throw notTheSame(known);
    }
    this.become(found);
    return found;
  }

  /** Somebody without a token that is good, for the record and for them. */
  turnAway() {
    this.parts.denials.ofStranger({ source: this.source, target: TARGET });
    return unauthenticated();
  }

  become(principal: Principal): void {
    if (this.closed) return;
    this.letGo();
    this.known = principal;
    const { streams, timers, clock } = this.parts;
    this.release = streams.hold(principal, () => this.onOver('session-over'));
    const { expiresAtUs } = principal;
    if (expiresAtUs === undefined) return;
    const leftMs = Math.max(0, (expiresAtUs - clock.nowUs()) / 1000);
    this.expiry = timers.after(Math.min(leftMs, TIMER_MS_MAX), () => this.onOver('expired'));
  }

  close(): void {
    this.closed = true;
    this.letGo();
  }

  private letGo(): void {
    this.release();
    this.expiry?.cancel();
  }
}

const unauthenticated = () =>
  refusal({
    code: 'REQUEST_UNAUTHENTICATED',
    message: 'the stream has no bearer token that is known',
    remedy: 'Send {"op":"authenticate","token":...} first, or the authorization header.',
    field: 'token',
    value: '***',
  });

const notTheSame = ({ name }: Principal) =>
  refusal({
    code: 'REQUEST_FORBIDDEN',
    message: `the stream is that of ${name}, whose channels it has`,
    remedy: 'Open another stream for somebody else.',
    field: 'token',
    value: '***',
  });
