import { AtsError } from '@ats/domain';
import { fullJitterMs, type RandomStream, type Timers } from '@ats/runtime';
import type { VenueConnector, VenuePush } from '../app/venue-connector.ts';

export interface ConnectingOptions {
  readonly kind: string;
  /** Opens the way to the venue. */
  readonly open: () => Promise<VenueConnector>;
  readonly timers: Timers;
  readonly random: RandomStream;
  /** Called once, when tries have failed before. */
  readonly onOpen: () => void;
}

const RETRY = { baseMs: 500, maxMs: 15_000 };

/** Whether trying again can help: the venue comes back, or a second person approves. */
const isPassing = (error: unknown): boolean =>
  error instanceof AtsError &&
  (error.code === 'VENUE_DISCONNECTED' || error.code === 'ACCESS_APPROVAL_PENDING');

/**
 * A connector that may not be there yet: a venue that is down at the start holds up no other.
 * Until it is there orders are refused for certain and nothing else is known.
 * @throws what `open` throws, unless trying again can help
 */
export async function connectingConnector(options: ConnectingOptions): Promise<VenueConnector> {
  try {
    return await options.open();
  } catch (error) {
    if (!isPassing(error)) throw error;
    return new LateConnector(options, error as AtsError);
  }
}

class LateConnector implements VenueConnector {
  readonly kind: string;
  private readonly options: ConnectingOptions;
  private inner: VenueConnector | undefined;
  private reason: string;
  private onPush: ((push: VenuePush) => void) | undefined;
  private closed = false;

  constructor(options: ConnectingOptions, error: AtsError) {
    this.kind = options.kind;
    this.options = options;
    this.reason = error.message;
    void this.keepTrying();
  }

  get pushesFills(): boolean {
    return this.inner?.pushesFills === true;
  }

  readonly submit: VenueConnector['submit'] = (order) =>
    this.inner?.submit(order) ??
    Promise.resolve({ kind: 'rejected', reason: 'VENUE_CIRCUIT_OPEN', detail: this.reason });

  readonly cancel: VenueConnector['cancel'] = (order) =>
    this.inner?.cancel(order) ?? Promise.resolve({ kind: 'ambiguous', detail: this.reason });

  readonly replace: VenueConnector['replace'] = (order) =>
    this.inner?.replace(order) ?? Promise.resolve({ kind: 'refused', detail: this.reason });

  readonly query: VenueConnector['query'] = (order) => this.inner?.query(order) ?? this.nothing();

  readonly fillsOf: VenueConnector['fillsOf'] = (order) =>
    this.inner?.fillsOf(order) ?? this.nothing();

  readonly fillsSince: VenueConnector['fillsSince'] = (sinceUs, pace) =>
    this.inner?.fillsSince(sinceUs, pace) ?? this.nothing();

  readonly openOrders: VenueConnector['openOrders'] = () =>
    this.inner?.openOrders() ?? this.nothing();

  readonly balances: VenueConnector['balances'] = () => this.inner?.balances() ?? this.nothing();

  listen(onPush: (push: VenuePush) => void): void {
    this.onPush = onPush;
    this.inner?.listen(onPush);
  }

  health() {
    return this.inner?.health() ?? { ok: false, reason: this.reason };
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.inner?.close();
  }

  private nothing() {
    return Promise.resolve({ kind: 'unavailable', detail: this.reason } as const);
  }

  private async keepTrying(): Promise<void> {
    const { timers, random, open, onOpen } = this.options;
    for (let attempt = 0; !this.closed; attempt += 1) {
      await timers.sleep(fullJitterMs({ ...RETRY, attempt, random: random.next() }));
      if (this.closed) return;
      try {
        const inner = await open();
        if (this.closed) return await inner.close();
        this.inner = inner;
        if (this.onPush !== undefined) inner.listen(this.onPush);
        onOpen();
        return;
      } catch (error) {
        // What cannot pass is the operator's to correct: it is said, and tried all the same.
        this.reason = error instanceof Error ? error.message : String(error);
      }
    }
  }
}
