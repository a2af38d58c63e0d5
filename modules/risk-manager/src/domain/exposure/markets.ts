import { type AssetId, assetId, type BookTop, Decimal, type Listing } from '@ats/domain';
import { type AssetTotal, type Market, noCell, type Total, UNIT_SCALE } from './market.ts';

const UNITS = 10 ** UNIT_SCALE;
const HALF = Decimal.parse('0.5');

type MarketName = { readonly venue: string; readonly instrument: string };

function inNamed<Kept extends Total>(totals: Map<string, Kept>, name: string, make: () => Kept) {
  const known = totals.get(name);
  if (known !== undefined) return known;
  const made = make();
  totals.set(name, made);
  return made;
}

const middle = ({ bid, ask }: Market): number =>
  bid > 0 && ask > 0 ? (bid + ask) / 2 : Number.NaN;

/**
 * Every market with what one unit of its base is worth in the numeraire: the middle of its newest
 * book, converted at the middle of a conversion book where its money is another. A value that was
 * known once stays in use when its book goes; `valued` says whether a book gives it now.
 */
export class Markets {
  readonly venues = new Map<string, Total>();
  readonly assets = new Map<string, AssetTotal>();
  readonly instruments = new Map<string, Total>();
  readonly numeraire: AssetId;
  private readonly markets = new Map<string, Map<string, Market>>();
  /** By money: the markets that convert it into the numeraire. */
  private readonly converters = new Map<string, Market[]>();
  private readonly changed: Market[] = [];
  /** Coins that others are quoted in. */
  private readonly coins: ReadonlySet<string>;

  constructor(options: { readonly listings: readonly Listing[]; readonly numeraire: AssetId }) {
    this.numeraire = options.numeraire;
    const { listings } = options;
    const coins = listings.flatMap(({ quote }) => (quote.bridge === true ? quote.id : []));
    this.coins = new Set(coins.filter((coin) => coin !== this.numeraire));
    for (const { venue, instrument } of options.listings) {
      const market = this.of({ venue, instrument });
      const { base, quote } = market;
      if (base !== this.numeraire && quote !== this.numeraire) continue;
      const money = base === this.numeraire ? quote : base;
      this.converters.set(money, [...(this.converters.get(money) ?? []), market]);
    }
  }

  /** Also of a market that is not listed any more and in which something is still held. */
  of({ venue, instrument }: MarketName): Market {
    const known = this.markets.get(venue)?.get(instrument);
    if (known !== undefined) return known;
    const [base = '', quote = ''] = instrument.split('/');
    const total = (name: string): Total => ({ name, value: 0n });
    const market: Market = {
      ...{ venue, instrument, base: assetId(base), quote: assetId(quote) },
      asset: this.assetOf(base),
      coin: this.coins.has(quote) ? this.assetOf(quote) : undefined,
      ofVenue: inNamed(this.venues, venue, () => total(venue)),
      ofInstrument: inNamed(this.instruments, instrument, () => total(instrument)),
      ...{ bid: 0, ask: 0, receivedAtUs: 0, stale: false, unit: 0n, valued: false },
      ...{ cells: new Map(), sums: noCell(), counted: noCell() },
    };
    const ofVenue = this.markets.get(venue) ?? new Map<string, Market>();
    this.markets.set(venue, ofVenue.set(instrument, market));
    return market;
  }

  private assetOf(name: string): AssetTotal {
    return inNamed(this.assets, name, () => ({ name, value: 0n, held: 0n, buys: 0n, sells: 0n }));
  }

  /** What one base was worth when an earlier run last knew. */
  restoreUnit(name: MarketName, unit: bigint): void {
    this.of(name).unit = unit;
  }

  *all(): Iterable<Market> {
    for (const ofVenue of this.markets.values()) yield* ofVenue.values();
  }

  /**
   * Takes prices and works nothing out: books are many, questions few.
   * @param market whose book it is, where that was looked up before
   */
  onBook(book: BookTop, market = this.of(book)): void {
    const whole = book.bidCount > 0 && book.askCount > 0;
    this.quote(market, whole ? (book.bidPrices[0] as number) : 0, {
      ask: whole ? (book.askPrices[0] as number) : 0,
      receivedAtUs: book.receivedAtUs,
    });
  }

  /** A market whose book may not be used. */
  onLost(name: MarketName): void {
    this.quote(this.of(name), 0, { ask: 0, receivedAtUs: 0 });
  }

  private quote(
    market: Market,
    bid: number,
    { ask, receivedAtUs }: { readonly ask: number; readonly receivedAtUs: number },
  ): void {
    market.bid = bid;
    market.ask = ask;
    market.receivedAtUs = receivedAtUs;
    this.touch(market);
  }

  private touch(market: Market): void {
    if (market.stale) return;
    market.stale = true;
    this.changed.push(market);
  }

  /** Works out what changed prices make of values. @param onValue told of each that may differ */
  refresh(onValue: (market: Market) => void): void {
    if (this.changed.length === 0) return;
    for (const converter of [...this.changed]) {
      const { base, quote } = converter;
      const money = base === this.numeraire ? quote : base;
      if (!(this.converters.get(money)?.includes(converter) ?? false)) continue;
      for (const market of this.all()) if (market.quote === money) this.touch(market);
    }
    for (const market of this.changed.splice(0)) {
      market.stale = false;
      const value = middle(market) * this.rate(market.quote, market.venue);
      market.valued = value > 0;
      if (!market.valued) continue;
      market.unit = BigInt(Math.round(value * UNITS));
      onValue(market);
    }
  }

  /** One unit of money in the numeraire; undefined where nothing converts it now. */
  rateOf(money: AssetId): Decimal | undefined {
    if (money === this.numeraire) return Decimal.ONE;
    const rate = this.rate(money, '');
    return rate > 0 ? new Decimal(BigInt(Math.round(rate * UNITS)), UNIT_SCALE) : undefined;
  }

  /** The middle of a book that is there, exactly. */
  middleOf({ bid, ask }: Market): Decimal {
    return Decimal.fromNumber(bid).add(Decimal.fromNumber(ask)).multiply(HALF);
  }

  /** @param venue whose own conversion book comes first */
  private rate(money: AssetId, venue: string): number {
    if (money === this.numeraire) return 1;
    let found = Number.NaN;
    for (const market of this.converters.get(money) ?? []) {
      const price = middle(market);
      if (!(price > 0)) continue;
      const rate = market.base === money ? price : 1 / price;
      if (market.venue === venue) return rate;
      if (Number.isNaN(found)) found = rate;
    }
    return found;
  }
}
