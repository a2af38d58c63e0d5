import { type AccountId, type AssetId, Decimal, tradeId } from '@ats/domain';
import type { Clock, Logger } from '@ats/runtime';
import { openAccumulatorTrade } from '../domain/trade/open-trade.ts';
import type { UnwindMarket } from '../domain/trade/unwind-plan.ts';
import { smallestQuantity } from '../domain/trade/worst-case.ts';
import type { Bases } from './bases.ts';
import type { Inventory } from './inventory.ts';
import type { SagaStore } from './saga-store.ts';
import type { TradeBooks } from './trade-books.ts';
import type { TradeDesk } from './trade-desk.ts';

/** What is closed is this many times what the venues take at least, so that it can be priced. */
const MARGIN = Decimal.parse('1.5');

/**
 * Closes what trades have carried over once it is large enough for a venue. The trade takes all of
 * it out of the accumulator in the transaction that makes the trade, so none is closed twice.
 */
export class Accumulator {
  private readonly options: {
    readonly accountId: AccountId;
    readonly numeraire: AssetId;
    readonly store: SagaStore;
    readonly books: TradeBooks;
    readonly inventory: Inventory;
    readonly bases: Pick<Bases, 'owns'>;
    readonly desk: TradeDesk;
    readonly clock: Clock;
    readonly logger: Logger;
  };
  private busy = false;

  constructor(options: Accumulator['options']) {
    this.options = options;
  }

  /** Looks at every base. Never rejects. */
  async check(): Promise<void> {
    const { store, logger, inventory } = this.options;
    if (this.busy || !inventory.known) return;
    this.busy = true;
    try {
      for (const [base, quantity] of await store.accumulated()) {
        if (!quantity.isZero() && this.options.bases.owns(base)) await this.close(base, quantity);
      }
    } catch (error) {
      logger.warn('trade.accumulator_failed', 'the accumulator could not be read', { error });
    } finally {
      this.busy = false;
    }
  }

  private async close(base: AssetId, carriedIn: Decimal): Promise<void> {
    const { desk, books, inventory, clock, accountId, numeraire, logger } = this.options;
    const open = desk.open();
    if (open.some((trade) => trade.origin === 'accumulator' && trade.base === base)) return;
    const available = inventory.available.bind(inventory);
    const markets = await books.marketsFor({ base, legs: [] }, available);
    const priced = markets.flatMap((market) => pricedOf(market, carriedIn));
    const smallest = smallestQuantity(priced);
    const size = carriedIn.isNegative() ? carriedIn.negate() : carriedIn;
    const first = priced[0];
    if (first === undefined || size.lessThan(smallest.multiply(MARGIN))) return;
    const nowUs = clock.nowUs();
    const trade = openAccumulatorTrade({
      tradeId: tradeId(`carried-${base}-${nowUs.toString(36)}`),
      accountId,
      base,
      numeraire,
      carriedIn,
      baseValue: first.price.multiply(first.rate),
      smallestQuantity: smallest,
      nowUs,
    });
    const begun = await desk.begin(trade);
    const { tradeId: id } = trade;
    if (begun) logger.info('trade.accumulator', `closes ${carriedIn} ${base}`, { tradeId: id });
  }
}

/** The market with the price that closing there would be done at. */
function pricedOf({ listing, book, rate }: UnwindMarket, carried: Decimal) {
  if (book === undefined || rate === undefined) return [];
  const [count, prices] = carried.isNegative()
    ? [book.askCount, book.askPrices]
    : [book.bidCount, book.bidPrices];
  if (count === 0) return [];
  return [{ listing, rate, price: Decimal.fromNumber(prices[0] as number) }];
}
