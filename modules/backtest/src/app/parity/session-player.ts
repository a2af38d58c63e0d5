import type { BookTop, MarketEvent } from '@ats/domain';
import { settle, type VirtualTimers } from '@ats/runtime';
import type { MarketBus } from '@ats/storage';
import { AT, HEAD, type InputRow, type MarketRow } from '../../domain/parity/session-rows.ts';
import type { ReplayTap } from './replay-tap.ts';

type Mutable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

export interface SessionPlayerOptions {
  readonly timers: VirtualTimers;
  readonly bus: Pick<MarketBus, 'publish'>;
  readonly tap: ReplayTap;
  readonly markets: readonly MarketRow[];
  readonly inputs: readonly InputRow[];
  readonly books: AsyncGenerator<Float64Array>;
}

/** Goes through a session in the order in which things reached its engine, on virtual time. */
export class SessionPlayer {
  /** Rows that were played. */
  events = 0;
  /** Called when the session was asked to stop. */
  onStop: () => void = () => undefined;
  readonly tops = new Map<string, { readonly top: Mutable<BookTop> }>();
  private readonly options: SessionPlayerOptions;
  private touched = false;
  private awaited: Promise<unknown>[] = [];
  private next = 0;
  private book: Float64Array | undefined;
  private isRead = false;

  constructor(options: SessionPlayerOptions) {
    this.options = options;
  }

  /** Something was begun that goes on by promises. */
  readonly touch = (): void => {
    this.touched = true;
  };

  /** Something was begun that is waited for at this moment, however long it really takes. */
  readonly hold = (work: Promise<unknown>): void => {
    this.touched = true;
    this.awaited.push(work);
  };

  /** Lets time pass without rows. */
  async pass(untilUs: number): Promise<void> {
    const { timers } = this.options;
    await this.calm();
    for (;;) {
      const dueUs = timers.nextDueUs();
      if (dueUs === undefined || dueUs > untilUs) break;
      timers.runNext(dueUs);
      if (this.touched) await this.calm();
    }
    if (timers.clock.nowUs() < untilUs) timers.clock.setUs(untilUs);
  }

  /** Lets time pass without rows until a promise is settled. */
  async until<Value>(promise: Promise<Value>, untilUs = Number.POSITIVE_INFINITY): Promise<Value> {
    const { timers } = this.options;
    const isSettled = noted(promise);
    await this.calm();
    while (!isSettled()) {
      const dueUs = timers.nextDueUs() ?? Number.POSITIVE_INFINITY;
      if (dueUs > untilUs || dueUs === Number.POSITIVE_INFINITY) break;
      timers.runNext(dueUs);
      await this.calm();
    }
    return promise;
  }

  /** Plays rows until a promise is settled: the engine's start, say, which they let go on. */
  async playUntil<Value>(promise: Promise<Value>): Promise<Value> {
    const isSettled = noted(promise);
    const { timers } = this.options;
    await this.pass(timers.clock.nowUs());
    while (!isSettled() && (await this.step()));
    return promise;
  }

  /** Plays what is left. */
  async play(): Promise<void> {
    while (await this.step());
  }

  private async step(): Promise<boolean> {
    if (this.book === undefined && !this.isRead) {
      const { value, done } = await this.options.books.next();
      this.book = value ?? undefined;
      this.isRead = done === true;
    }
    const input = this.options.inputs[this.next];
    const { book } = this;
    const isBook =
      book !== undefined && (input === undefined || (book[AT.order] as number) < input.order);
    if (book !== undefined && isBook) {
      this.book = undefined;
      await this.reachTime(book[AT.handledAtUs] as number);
      this.deliver(book);
      this.events += 1;
      if (this.touched) await this.catchUp();
      return true;
    }
    if (input === undefined) return false;
    this.next += 1;
    if (input.kind === 'verdict') return true;
    await this.reachTime(input.atUs);
    this.inject(input);
    await this.catchUp();
    return true;
  }

  private async reachTime(timeUs: number): Promise<void> {
    const { timers, tap } = this.options;
    tap.readings([]);
    const dueUs = timers.nextDueUs();
    if (dueUs !== undefined && dueUs <= timeUs) await this.pass(timeUs);
    else if (timers.clock.nowUs() < timeUs) timers.clock.setUs(timeUs);
  }

  private inject(input: InputRow): void {
    const { tap, bus } = this.options;
    tap.readings(input.times ?? []);
    switch (input.kind) {
      case 'call':
        return tap.reach(input);
      case 'orders':
        return tap.reachOrders(input.orders);
      case 'timer':
        return tap.fire(input.timer);
      case 'status':
        return bus.publish(input.event as MarketEvent);
      case 'stop':
        return this.onStop();
    }
  }

  private deliver(row: Float64Array): void {
    const { bus, tap, markets } = this.options;
    const market = markets[row[AT.market] as number];
    if (market === undefined) return;
    const { top } = this.topOf(market);
    const bids = row[AT.bids] as number;
    const asks = row[AT.asks] as number;
    top.receivedAtUs = row[AT.receivedAtUs] as number;
    top.exchangeTimeUs = row[AT.exchangeTimeUs] as number;
    top.bookAtUs = row[AT.bookAtUs] as number;
    top.sequence = row[AT.sequence] as number;
    const times = row[HEAD] as number;
    let at = HEAD + 1;
    // The first is the recorder's own.
    tap.readings(row.subarray(at + 1, at + times));
    at += times;
    const take = (count: number): Float64Array => {
      const taken = row.slice(at, at + count);
      at += count;
      return taken;
    };
    top.bidCount = bids;
    top.askCount = asks;
    top.bidPrices = take(bids);
    top.bidSizes = take(bids);
    top.askPrices = take(asks);
    top.askSizes = take(asks);
    bus.publish(top);
  }

  private topOf({ venue, instrument }: MarketRow): { readonly top: Mutable<BookTop> } {
    const key = `${venue}:${instrument}`;
    let known = this.tops.get(key);
    if (known === undefined) {
      const none = new Float64Array();
      const top = {
        ...{ kind: 'book', venue, instrument, exchangeTimeUs: 0, receivedAtUs: 0, bookAtUs: 0 },
        ...{ sequence: 0, bidCount: 0, askCount: 0, bidPrices: none, bidSizes: none },
        ...{ askPrices: none, askSizes: none },
      } as Mutable<BookTop>;
      known = { top };
      this.tops.set(key, known);
    }
    return known;
  }

  /** Everything that can go on without time does. */
  private async catchUp(): Promise<void> {
    await this.pass(this.options.timers.clock.nowUs());
  }

  private async calm(): Promise<void> {
    do {
      this.touched = false;
      await settle();
      await Promise.allSettled(this.awaited.splice(0));
    } while (this.touched);
  }
}

function noted(promise: Promise<unknown>): () => boolean {
  let settled = false;
  const note = (): void => {
    settled = true;
  };
  promise.then(note, note);
  return () => settled;
}
