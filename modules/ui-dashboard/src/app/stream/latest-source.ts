/** How the answers of a method are merged: by the keys of the items in one list, or whole. */
export interface LatestPlan {
  /** The list's field; undefined where each answer replaces the one before. */
  readonly list: string | undefined;
  readonly keyOf: (item: Readonly<Record<string, unknown>>) => string;
}

const whole: LatestPlan = { list: undefined, keyOf: () => '' };

/** Methods whose newest answer is all that counts; those of the contract's `LATEST_METHODS`. */
export const LATEST_PLANS: Readonly<Record<string, LatestPlan>> = {
  'ats.marketdata.v1.MarketDataService/StreamQuotes': {
    list: 'quotes',
    keyOf: ({ venue, instrument }) => `${venue} ${instrument}`,
  },
  'ats.marketdata.v1.MarketDataService/StreamBook': whole,
  'ats.opportunity.v1.EngineService/StreamSpreadMatrix': {
    list: 'cells',
    keyOf: (cell) =>
      `${cell['buyVenue']} ${cell['buyInstrument']} ${cell['sellVenue']} ${cell['sellInstrument']}`,
  },
  'ats.risk.v1.RiskService/StreamPositionUpdates': {
    list: 'positions',
    keyOf: ({ accountId, venue, instrument }) => `${accountId} ${venue} ${instrument}`,
  },
  'ats.backtest.v1.BacktestService/WatchBacktest': whole,
};

/** Items that one source may have; what would be more is not kept. */
export const ITEMS_MAX = 10_000;

/** One who is told of a source. */
export interface LatestSink {
  /** What the browser calls its subscription. */
  readonly id: string;
  /** The version that it has; 0 before the first. */
  version: number;
  /** Whether it has room for more. */
  readonly ready: boolean;
  /** Takes a whole frame, which others are sent as well. */
  sendLatest(frame: Buffer): void;
  fail(error: unknown): void;
}

const END = Buffer.from('}');

/** The frames of one answer: browsers that gave the same id are sent the same bytes. */
class Frames {
  private readonly data: Buffer;
  private readonly byId = new Map<string, Buffer>();

  constructor(data: Buffer) {
    this.data = data;
  }

  of(id: string): Buffer {
    let frame = this.byId.get(id);
    if (frame === undefined) {
      const head = Buffer.from(`{"id":${JSON.stringify(id)},"data":`);
      frame = Buffer.concat([head, this.data, END]);
      this.byId.set(id, frame);
    }
    return frame;
  }
}

type Item = Readonly<Record<string, unknown>>;

interface LatestParts {
  readonly plan: LatestPlan;
  readonly textOf: (message: object) => string;
  readonly onLimit: (limit: 'items') => void;
}

/**
 * The newest answers of one stream, for all who asked for the same. Text is made once: what has
 * changed for those who are up to date, everything for the others, who may have missed any number
 * of changes and still end with the newest.
 */
export class LatestSource {
  readonly sinks = new Set<LatestSink>();
  private readonly plan: LatestPlan;
  private readonly textOf: (message: object) => string;
  private readonly onLimit: LatestParts['onLimit'];
  private readonly items = new Map<string, Item>();
  private changed = new Map<string, Item>();
  private rest: Item = {};
  private version = 0;

  /** @param parts `onLimit` is told of each item that there is no room for */
  constructor({ plan, textOf, onLimit }: LatestParts) {
    this.plan = plan;
    this.textOf = textOf;
    this.onLimit = onLimit;
  }

  take(message: object): void {
    const { list, keyOf } = this.plan;
    const given = message as Item;
    if (list === undefined) {
      this.items.set('', given);
      this.changed.set('', given);
      return;
    }
    const { [list]: found, ...rest } = given;
    this.rest = rest;
    for (const item of found as readonly Item[]) {
      const key = keyOf(item);
      if (this.items.size >= ITEMS_MAX && !this.items.has(key)) {
        this.onLimit('items');
        continue;
      }
      this.items.set(key, item);
      this.changed.set(key, item);
    }
    // An answer without items is one as well: there is nothing.
    if (this.version === 0 && this.changed.size === 0) this.version = 1;
  }

  /** Tells those who have room. @returns how many times somebody had to be passed over */
  flush(): number {
    let delta: Frames | undefined;
    const before = this.version;
    const { changed } = this;
    if (changed.size > 0) {
      this.version += 1;
      this.changed = new Map();
    }
    if (this.version === 0) return 0;
    let everything: Frames | undefined;
    let passedOver = 0;
    for (const sink of this.sinks) {
      if (sink.version === this.version) continue;
      if (!sink.ready) {
        passedOver += 1;
        continue;
      }
      if (sink.version === before && before > 0) {
        delta ??= this.encode(changed);
        sink.sendLatest(delta.of(sink.id));
      } else {
        everything ??= this.encode(this.items);
        sink.sendLatest(everything.of(sink.id));
      }
      sink.version = this.version;
    }
    return passedOver;
  }

  private encode(items: ReadonlyMap<string, Item>): Frames {
    const { list } = this.plan;
    const message =
      list === undefined ? items.get('') : { ...this.rest, [list]: [...items.values()] };
    return new Frames(Buffer.from(this.textOf(message ?? {})));
  }
}
