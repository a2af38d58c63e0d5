import {
  Decimal,
  type Listing,
  type MarketEvent,
  marketId,
  type OrderSide,
  worstPrice,
} from '@ats/domain';
import type { Clock } from '@ats/runtime';

/** Best prices of one market, quote per base; 0 where a side is empty. */
interface BestPrices {
  bid: number;
  ask: number;
  receivedAtUs: number;
}

/** Knows the worst price that a market order has to reckon with. */
export interface WorstPrices {
  /** Quote per base, on the market's tick; undefined without a fresh book. */
  worst(listing: Listing, side: OrderSide): Decimal | undefined;
}

/** Remembers the best prices of every market on the bus, and nothing else of them. */
export class BookPrices implements WorstPrices {
  private readonly clock: Clock;
  private collarBps = Decimal.ZERO;
  private ageUsMax = 0;
  private readonly books = new Map<string, BestPrices>();

  /** @param options `collarBps`: how far beyond the best price a market order may trade */
  constructor(options: {
    readonly clock: Clock;
    readonly collarBps: Decimal;
    readonly ageMsMax: number;
  }) {
    this.clock = options.clock;
    this.limit(options);
  }

  limit({ collarBps, ageMsMax }: { readonly collarBps: Decimal; readonly ageMsMax: number }): void {
    this.collarBps = collarBps;
    this.ageUsMax = ageMsMax * 1000;
  }

  /** Takes one event of the bus: books and statuses matter. */
  onEvent(event: MarketEvent): void {
    if (event.kind === 'book') {
      const key = marketId(event);
      const known = this.books.get(key) ?? { bid: 0, ask: 0, receivedAtUs: 0 };
      known.bid = event.bidCount > 0 ? (event.bidPrices[0] ?? 0) : 0;
      known.ask = event.askCount > 0 ? (event.askPrices[0] ?? 0) : 0;
      known.receivedAtUs = event.receivedAtUs;
      this.books.set(key, known);
    } else if (event.kind === 'status' && event.state !== 'live') {
      this.books.delete(marketId(event));
    }
  }

  worst(listing: Listing, side: OrderSide): Decimal | undefined {
    const book = this.books.get(marketId(listing));
    if (book === undefined || this.clock.nowUs() - book.receivedAtUs > this.ageUsMax) {
      return undefined;
    }
    const best = side === 'buy' ? book.ask : book.bid;
    if (!(best > 0)) return undefined;
    return worstPrice({ side, best, collarBps: this.collarBps, priceTick: listing.priceTick });
  }
}
