import {
  type BookTop,
  commonStep,
  Decimal,
  type Listing,
  type MarketEvent,
  type Opportunity,
  type OpportunityLeg,
  opportunityId,
  type RiskDecision,
} from '@ats/domain';
import type {
  AvailableBalance,
  Fill,
  Strategy,
  StrategyContext,
  StrategyFactory,
} from '@ats/trading-engine';

/** The engine hands its own settings to every strategy; this one needs three of them. */
interface Settings {
  /** Least net edge, basis points. */
  readonly minEdgeBps: number;
  /** Most cost of one trade, in the numeraire. */
  readonly notionalMax: Decimal;
  readonly numeraire: string;
}

/** How long a difference must have stood. A real strategy of yours would put it to the test. */
const PATIENCE_US = 300_000;
/** What is older is not acted on. */
const AGE_US_MAX = 1_000_000;

const BPS = Decimal.parse('0.0001');
const TEN_THOUSAND = Decimal.parse('10000');

/** The best prices of one market, as far as they are known. */
interface Market {
  readonly listing: Listing;
  bid: number;
  bidSize: number;
  ask: number;
  askSize: number;
  receivedAtUs: number;
  bookAtUs: number;
}

/** A difference that stands now, from when it was first seen. */
interface Life {
  readonly sinceUs: number;
  updates: number;
  proposed: Opportunity | undefined;
}

/** Buys at one exchange and sells at another, once the difference has stood for a while. */
class PatientSpread implements Strategy {
  readonly name = 'patient-spread';
  readonly kinds = ['book', 'status'] as const;
  private readonly context: StrategyContext;
  private readonly settings: Settings;
  private readonly markets: readonly Market[];
  private readonly lives = new Map<string, Life>();
  private readonly balances = new Map<string, Decimal>();

  constructor(context: StrategyContext, settings: Settings) {
    this.context = context;
    this.settings = settings;
    // Only markets in one money: what is bought with it is sold for it.
    this.markets = context.listings
      .filter(({ quote }) => quote.id === settings.numeraire)
      .map((listing) => ({ listing, ...NO_BOOK }));
  }

  onMarket(event: MarketEvent): void {
    const changed = this.markets.find(
      ({ listing }) => listing.venue === event.venue && listing.instrument === event.instrument,
    );
    if (changed === undefined) return;
    // A book is a view that is only good until this returns: what is needed is copied.
    if (event.kind === 'book') Object.assign(changed, topOf(event));
    else if (event.kind === 'status' && event.state !== 'live') Object.assign(changed, NO_BOOK);
    for (const other of this.markets) {
      if (other === changed || other.listing.base.id !== changed.listing.base.id) continue;
      if (other.listing.venue === changed.listing.venue) continue;
      this.judge(changed, other);
      this.judge(other, changed);
    }
  }

  /** A quick look in doubles; what passes is worked out exactly. */
  private judge(buy: Market, sell: Market): void {
    const nowUs = this.context.nowUs();
    const name = `${buy.listing.venue}-${sell.listing.venue}-${buy.listing.symbol.toLowerCase()}`;
    const cost = buy.ask * (1 + feeOf(buy).toNumber());
    const proceeds = sell.bid * (1 - feeOf(sell).toNumber());
    const edgeBps = (proceeds / cost - 1) * 10_000;
    const life = this.lives.get(name);
    // A missing book is NaN, which is never enough.
    if (!(edgeBps >= this.settings.minEdgeBps)) {
      if (life !== undefined) this.end(name, life);
      return;
    }
    if (life === undefined) {
      this.lives.set(name, { sinceUs: nowUs, updates: 1, proposed: undefined });
      return;
    }
    life.updates += 1;
    if (life.proposed !== undefined || nowUs - life.sinceUs < PATIENCE_US) return;
    if (nowUs - Math.min(buy.receivedAtUs, sell.receivedAtUs) > AGE_US_MAX) return;
    const opportunity = this.opportunityOf({ buy, sell, name, life });
    if (opportunity === undefined) return;
    life.proposed = opportunity;
    this.context.propose({ opportunity, openedAtUs: life.sinceUs, updates: life.updates });
  }

  /** Money is decimals: sizes, fees and profit that risk and the ledger are told of are exact. */
  private opportunityOf(found: {
    readonly buy: Market;
    readonly sell: Market;
    readonly name: string;
    readonly life: Life;
  }): Opportunity | undefined {
    const { buy, sell, name, life } = found;
    const [ask, bid] = [Decimal.fromNumber(buy.ask), Decimal.fromNumber(sell.bid)];
    const payable = ask.multiply(Decimal.ONE.add(feeOf(buy)));
    const money = this.available(buy, buy.listing.quote.id).min(this.settings.notionalMax);
    const quantity = Decimal.fromNumber(Math.min(buy.askSize, sell.bidSize))
      .min(money.divide(payable, { scale: 12, rounding: 'down' }))
      .min(this.available(sell, sell.listing.base.id))
      .roundToStep(commonStep(buy.listing.quantityStep, sell.listing.quantityStep), 'floor')
      .normalized();
    const nowUs = this.context.nowUs();
    const [bought, sold] = [
      legOf(buy, { price: ask, quantity, nowUs }),
      legOf(sell, { price: bid, quantity, nowUs }),
    ];
    if (isTooSmall(buy, bought, quantity) || isTooSmall(sell, sold, quantity)) return undefined;
    const grossProfit = sold.notional.subtract(bought.notional);
    const fees = bought.fee.add(sold.fee);
    const netProfit = grossProfit.subtract(fees);
    if (!netProfit.isPositive()) return undefined;
    const newest = buy.receivedAtUs > sell.receivedAtUs ? buy : sell;
    return {
      // The same events give the same id: a run can be repeated to the byte.
      id: opportunityId(`${name}-${life.sinceUs.toString(36)}`),
      base: buy.listing.base.id,
      numeraire: buy.listing.quote.id,
      ...{ quantity, buy: bought, sell: sold, grossProfit, fees, netProfit },
      slippageReserve: Decimal.ZERO,
      netEdgeBps: netProfit
        .multiply(TEN_THOUSAND)
        .divide(bought.notional.add(bought.fee), { scale: 6, rounding: 'down' })
        .toNumber(),
      confidence: 1,
      times: {
        frameAtUs: newest.receivedAtUs,
        bookAtUs: newest.bookAtUs,
        decidedAtUs: nowUs,
        riskAnsweredAtUs: 0,
      },
    };
  }

  private end(name: string, { proposed, updates }: Life): void {
    this.lives.delete(name);
    if (proposed === undefined) return;
    const closedAtUs = this.context.nowUs();
    this.context.close({ id: proposed.id, closedAtUs, best: proposed, updates });
  }

  /** What nobody traded is proposed again with the next book. */
  onDecision(decision: RiskDecision): void {
    if (decision.verdict === 'approved') return;
    for (const life of this.lives.values()) {
      if (life.proposed?.id === decision.opportunityId) life.proposed = undefined;
    }
  }

  /** The ledger's word is all that this strategy goes by. */
  onBalances(balances: readonly AvailableBalance[]): void {
    this.balances.clear();
    for (const { venue, asset, available } of balances) {
      this.balances.set(`${venue} ${asset}`, available);
    }
  }

  onFill(_fill: Fill): void {
    // Balances come with what fills have changed.
  }

  onTimer(): void {
    // Silence is noticed by the age of the books.
  }

  onStop(): void {
    for (const [name, life] of this.lives) this.end(name, life);
  }

  private available({ listing }: Market, asset: string): Decimal {
    return this.balances.get(`${listing.venue} ${asset}`) ?? Decimal.ZERO;
  }
}

const NO_BOOK = {
  ...{ bid: Number.NaN, bidSize: 0, ask: Number.NaN, askSize: 0 },
  ...{ receivedAtUs: 0, bookAtUs: 0 },
};

const topOf = (book: BookTop) => ({
  bid: book.bidCount > 0 ? (book.bidPrices[0] as number) : Number.NaN,
  bidSize: book.bidSizes[0] ?? 0,
  ask: book.askCount > 0 ? (book.askPrices[0] as number) : Number.NaN,
  askSize: book.askSizes[0] ?? 0,
  receivedAtUs: book.receivedAtUs,
  bookAtUs: book.bookAtUs,
});

/** As a fraction of the notional. */
const feeOf = ({ listing }: Market): Decimal => listing.fees.takerBps.multiply(BPS);

function legOf(
  market: Market,
  at: { readonly price: Decimal; readonly quantity: Decimal; readonly nowUs: number },
): OpportunityLeg {
  const notional = at.price.multiply(at.quantity);
  return {
    venue: market.listing.venue,
    instrument: market.listing.instrument,
    limitPrice: at.price,
    averagePrice: at.price,
    notional,
    fee: notional.multiply(feeOf(market)),
    conversionRate: Decimal.ONE,
    levels: 1,
    bookAgeUs: Math.max(0, at.nowUs - market.receivedAtUs),
    conversionAgeUs: 0,
    clockSkewUs: 0,
  };
}

const isTooSmall = ({ listing }: Market, leg: OpportunityLeg, quantity: Decimal): boolean =>
  quantity.lessThan(listing.quantityMin) || leg.notional.lessThan(listing.notionalMin);

/** What the engine looks for in a strategy's file. */
export const strategy: StrategyFactory<Settings> = {
  name: 'patient-spread',
  create: (context, settings) => new PatientSpread(context, settings),
};
