import { AtsError, accountId as asAccountId, type Balance } from '@ats/domain';
import type { LogRecord } from '@ats/storage';
import type { RawData, WebSocket } from 'ws';
import type { EventTail, FollowedTopic } from '../../app/event-tail.ts';
import type { MarketFeed, MarketItem } from '../../app/market-feed.ts';
import type { Action, Principal } from '../../domain/permissions.ts';
import { refusal } from '../../domain/refusals.ts';
import { requestInvalid } from '../http/problems.ts';
import { viewOfBalance } from '../views.ts';
import {
  type AccountChannel,
  type ClientMessage,
  clientMessage,
  errorText,
  marketText,
  recordText,
  type Subscribe,
} from './messages.ts';
import { type Over, StreamIdentity, type StreamIdentityParts } from './stream-identity.ts';

/** Close codes of our own; 4000 to 4999 are free for that (RFC 6455, 7.4.2). */
export const CLOSE = {
  unauthenticated: 4001,
  sessionOver: 4002,
  tooSlow: 4008,
  goingAway: 1001,
  tryAgain: 1013,
} as const;

const EXPIRED = 'REQUEST_UNAUTHENTICATED: the token has expired, and no newer one was sent';
const SESSION_OVER = 'REQUEST_UNAUTHENTICATED: the session has ended; log in again';

const FOLLOWED: Readonly<Record<'orders' | 'executions', FollowedTopic>> = {
  orders: 'orders.events',
  executions: 'exec.reports',
};

const NEEDED: Readonly<Record<AccountChannel | 'market', Action>> = {
  orders: 'orders.read',
  executions: 'orders.read',
  balances: 'balances.read',
  market: 'market.read',
};

export interface StreamClientParts extends StreamIdentityParts {
  /** Where the client is: an address. */
  readonly source: string;
  readonly tail: EventTail;
  readonly feed: MarketFeed;
  /** All balances of an account, for the beginning of a subscription. */
  readonly balancesOf: (accountId: string) => Promise<readonly Balance[]>;
  readonly bufferBytesMax: number;
  readonly subscriptionsMax: number;
  readonly onConflated: () => void;
  /** Told of each subscription that is refused because there are too many. */
  readonly onTooMany: () => void;
  /** Told of each close by the gateway. */
  readonly onClosing: (reason: 'too_slow' | 'unauthenticated' | 'session_over') => void;
  readonly onUnreadable: (record: LogRecord, error: unknown) => void;
}

/**
 * One client of the stream. Orders and executions are sent as they come, and a client that lets
 * more than `bufferBytesMax` of them wait is closed, to resume where it was. Market data and
 * balances wait here, the newest of each, until the socket has room.
 */
export class StreamClient {
  readonly identity: StreamIdentity;
  private readonly socket: WebSocket;
  private readonly parts: StreamClientParts;
  private readonly ending = new Map<string, () => void>();
  private readonly market = new Map<string, MarketItem>();
  private readonly balances = new Map<string, Balance>();
  /** Messages that came while one before them is being done. */
  private readonly inbox: RawData[] = [];
  private obeying = false;
  private waitingForRoom: ((room: boolean) => void)[] = [];

  constructor(socket: WebSocket, parts: StreamClientParts) {
    this.socket = socket;
    this.parts = parts;
    const { source } = parts;
    this.identity = new StreamIdentity(parts, { source, onOver: (why) => this.endAs(why) });
  }

  /** Whether it wants to hear of an account's balances. */
  watchesBalancesOf(accountId: string): boolean {
    return this.ending.has(`balances/${accountId}`);
  }

  /**
   * Does what messages say, one after the other: what follows a token waits until it is known whose
   * it is. Meanwhile the socket is not read, so that no more waits here than one read brings.
   */
  async onMessage(data: RawData): Promise<void> {
    this.inbox.push(data);
    if (this.obeying) return this.socket.pause();
    this.obeying = true;
    try {
      for (let next = this.inbox.shift(); next !== undefined; next = this.inbox.shift()) {
        // Whoever has gone, or is being closed, is owed nothing more.
        if (this.socket.readyState === this.socket.OPEN) await this.answer(next);
      }
    } finally {
      this.obeying = false;
      this.socket.resume();
    }
  }

  private async answer(data: RawData): Promise<void> {
    try {
      await this.obey(readMessage(data));
    } catch (thrown) {
      if (!(thrown instanceof AtsError)) throw thrown;
      this.send(errorText(thrown));
      const nobody = this.identity.principal === undefined;
      if (nobody && thrown.code === 'REQUEST_UNAUTHENTICATED') this.refuse();
    }
  }

  takeBalance(balance: Balance): void {
    const { accountId, venue, asset } = balance;
    const key = `${accountId}/${venue}/${asset}`;
    const waiting = this.balances.get(key);
    if (waiting !== undefined) this.parts.onConflated();
    if (waiting === undefined || waiting.version <= balance.version) {
      this.balances.set(key, balance);
    }
  }

  /** Sends what waits, as far as the socket has room. */
  flush(): void {
    if (this.hasRoom()) {
      for (const resolve of this.waitingForRoom.splice(0)) resolve(true);
    }
    this.drain(this.balances, (balance) =>
      JSON.stringify({ channel: 'balances', data: viewOfBalance(balance) }),
    );
    this.drain(this.market, marketText);
  }

  refuse(): void {
    this.parts.onClosing('unauthenticated');
    this.socket.close(CLOSE.unauthenticated, 'REQUEST_UNAUTHENTICATED: send a known bearer token');
  }

  private endAs(why: Over): void {
    const expired = why === 'expired';
    this.parts.onClosing(expired ? 'unauthenticated' : 'session_over');
    if (expired) this.socket.close(CLOSE.unauthenticated, EXPIRED);
    else this.socket.close(CLOSE.sessionOver, SESSION_OVER);
  }

  /** Frees everything; the socket is gone or going. */
  onClosed(): void {
    this.identity.close();
    for (const end of this.ending.values()) end();
    this.ending.clear();
    for (const resolve of this.waitingForRoom.splice(0)) resolve(false);
  }

  private drain<Thing>(waiting: Map<string, Thing>, textOf: (thing: Thing) => string): void {
    for (const [key, thing] of waiting) {
      if (!this.hasRoom()) return;
      waiting.delete(key);
      this.send(textOf(thing));
    }
  }

  /** What can wait must leave half of the buffer to what cannot. */
  private hasRoom(): boolean {
    return this.socket.bufferedAmount < this.parts.bufferBytesMax / 2;
  }

  private send(text: string): void {
    if (this.socket.readyState === this.socket.OPEN) this.socket.send(text);
  }

  private async obey(message: ClientMessage): Promise<void> {
    const { identity } = this;
    if (message.op === 'authenticate') {
      const { name } = await identity.authenticate(message.token);
      return this.send(JSON.stringify({ type: 'authenticated', name }));
    }
    const { principal } = identity;
    if (principal === undefined) throw identity.turnAway();
    if (message.op === 'ping') return this.send(JSON.stringify({ type: 'pong' }));
    if (message.op === 'subscribe') return this.subscribe(message, principal);
    if (message.op !== 'unsubscribe') return;
    const { channel } = message;
    const key = channel === 'market' ? channel : `${channel}/${message.accountId}`;
    this.ending.get(key)?.();
    this.ending.delete(key);
    this.send(JSON.stringify({ type: 'unsubscribed', ...message, op: undefined }));
  }

  private async subscribe(message: Subscribe, principal: Principal): Promise<void> {
    const { channel } = message;
    const owner = channel === 'market' ? undefined : message.accountId;
    const action = NEEDED[channel];
    const asking = this.identity.asking(principal, { channel, action });
    if (!asking.may(action) || (owner !== undefined && !asking.owns(owner))) {
      throw forbidden(channel, owner);
    }
    const key = owner === undefined ? channel : `${channel}/${owner}`;
    this.ending.get(key)?.();
    this.ending.delete(key);
    if (this.ending.size >= this.parts.subscriptionsMax) {
      this.parts.onTooMany();
      throw tooMany(this.parts);
    }
    // Held before anything is awaited, so that a second subscribe replaces this one.
    let ended = false;
    let end = (): void => {};
    const stop = (): void => {
      ended = true;
      end();
    };
    this.ending.set(key, stop);
    try {
      end = await this.begin(message);
    } catch (thrown) {
      if (this.ending.get(key) === stop) this.ending.delete(key);
      throw thrown;
    }
    if (ended) end();
  }

  private async begin(message: Subscribe): Promise<() => void> {
    switch (message.channel) {
      case 'market': {
        const { kinds, venues, instruments } = message;
        const end = await this.parts.feed.watch(
          {
            ...(kinds === undefined ? {} : { kinds }),
            ...(venues === undefined ? {} : { venues }),
            ...(instruments === undefined ? {} : { instruments }),
          },
          (item) => this.takeMarket(item),
        );
        this.send(JSON.stringify({ type: 'subscribed', channel: 'market' }));
        return () => {
          end();
          this.market.clear();
        };
      }
      case 'balances': {
        const { accountId } = message;
        this.send(JSON.stringify({ type: 'subscribed', channel: 'balances', accountId }));
        for (const balance of await this.parts.balancesOf(accountId)) this.takeBalance(balance);
        return () => {};
      }
      default:
        return this.follow(message.channel, message);
    }
  }

  private async follow(
    channel: 'orders' | 'executions',
    { accountId, after }: { readonly accountId: string; readonly after: string },
  ): Promise<() => void> {
    const follower = await this.parts.tail.follow({
      topic: FOLLOWED[channel],
      accountId: asAccountId(accountId),
      after,
      sink: {
        send: (record, position) => this.sendRecord(record, { channel, position }),
        room: () => this.room(),
        fail: () => this.socket.close(CLOSE.tryAgain, 'STORAGE_UNAVAILABLE: resume later'),
      },
    });
    const { position } = follower;
    this.send(JSON.stringify({ type: 'subscribed', channel, accountId, position }));
    follower.start();
    return () => follower.close();
  }

  private sendRecord(
    record: LogRecord,
    place: { readonly channel: 'orders' | 'executions'; readonly position: string },
  ): boolean {
    if (this.socket.readyState !== this.socket.OPEN) return false;
    if (this.socket.bufferedAmount > this.parts.bufferBytesMax) {
      this.parts.onClosing('too_slow');
      this.socket.close(CLOSE.tooSlow, 'STREAM_TOO_SLOW: resume from the last position seen');
      return false;
    }
    try {
      this.socket.send(recordText(record, place));
    } catch (error) {
      this.parts.onUnreadable(record, error);
    }
    return true;
  }

  private room(): Promise<boolean> {
    if (this.socket.readyState !== this.socket.OPEN) return Promise.resolve(false);
    if (this.hasRoom()) return Promise.resolve(true);
    return new Promise((resolve) => this.waitingForRoom.push(resolve));
  }

  private takeMarket(item: MarketItem): void {
    if (this.market.has(item.key)) this.parts.onConflated();
    this.market.set(item.key, item);
  }
}

function readMessage(data: RawData): ClientMessage {
  let given: unknown;
  try {
    given = JSON.parse(String(data));
  } catch {
    throw refusal({
      code: 'REQUEST_INVALID',
      message: 'the message is no JSON',
      remedy: 'Send one JSON object in each message.',
      field: 'message',
      value: String(data),
    });
  }
  const parsed = clientMessage.safeParse(given);
  if (parsed.success) return parsed.data;
  throw requestInvalid('message', parsed.error, given);
}

function forbidden(channel: string, accountId: string | undefined) {
  const of = accountId === undefined ? '' : ` of account ${accountId}`;
  return refusal({
    code: 'REQUEST_FORBIDDEN',
    message: `the token does not allow the channel ${channel}${of}`,
    remedy: 'Use another token, or allow it under gateway.tokens.',
    field: 'channel',
    value: channel,
  });
}

const tooMany = ({ subscriptionsMax }: StreamClientParts) =>
  refusal({
    code: 'REQUEST_INVALID',
    message: `the stream has ${subscriptionsMax} subscriptions, which is the most there may be`,
    remedy: 'Unsubscribe from something first.',
    field: 'subscriptions',
    value: subscriptionsMax,
  });
