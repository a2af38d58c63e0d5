import { type AccountId, Decimal, type OrderSide } from '@ats/domain';
import type { Line } from '../refusal.ts';
import {
  type AssetTotal,
  type Cell,
  larger,
  type Market,
  noCell,
  QUANTITY_SCALE,
  VALUE_SCALE,
  worstOf,
} from './market.ts';
import type { Markets } from './markets.ts';

/** One market of one account. */
export interface Holder {
  readonly accountId: AccountId;
  readonly market: Market;
}

/** Quantities as they are added up: exact, but for what no venue trades. */
export const unitsOf = (quantity: Decimal): bigint => quantity.round(QUANTITY_SCALE, 'up').units;

const amountOf = (value: bigint): Decimal => new Decimal(value, VALUE_SCALE);

/** What is not set off in an asset at worst: all its buys fill and no sells, or the reverse. */
const netOf = ({ held, buys, sells }: AssetTotal): bigint => worstOf({ held, buys, sells });

/**
 * What positions and orders on their way come to at worst, in the numeraire: in all, by venue, by
 * asset and by instrument. Sums are kept, not worked out anew, and in whole numbers, so that they
 * are exact however often they change. Pure: prices come from the markets it is given.
 */
export class ExposureBook {
  readonly markets: Markets;
  private gross = 0n;
  private net = 0n;
  /** Worth of all orders on their way. */
  private working = 0n;
  /** Markets in which there is something and whose value was never known. */
  private readonly unvalued = new Set<Market>();

  constructor(markets: Markets) {
    this.markets = markets;
  }

  setPosition({ accountId, market }: Holder, quantity: Decimal): void {
    const cell = this.cell({ accountId, market });
    this.change(market, cell, { held: unitsOf(quantity) - cell.held, buys: 0n, sells: 0n });
  }

  /** @param units more to be bought or sold by orders; below zero: less */
  addWorking(holder: Holder, side: OrderSide, units: bigint): void {
    if (units === 0n) return;
    const [buys, sells] = side === 'buy' ? [units, 0n] : [0n, units];
    this.change(holder.market, this.cell(holder), { held: 0n, buys, sells });
  }

  /** How much more could be bought or sold before the position would grow, orders counted. */
  roomToReduce({ accountId, market }: Holder, side: OrderSide): Decimal {
    const { held, buys, sells } = market.cells.get(accountId) ?? noCell();
    const units = side === 'buy' ? -held - buys : held - sells;
    return new Decimal(larger(units, 0n), QUANTITY_SCALE);
  }

  /** A market in which there is something that was never valued. */
  unknown(): Market | undefined {
    this.refresh();
    for (const market of this.unvalued) return market;
    return undefined;
  }

  /** The figures that orders on these markets change. */
  lines(markets: readonly Market[]): readonly Line[] {
    this.refresh();
    const lines: Line[] = [
      { name: 'grossExposure', of: '', value: amountOf(this.gross) },
      { name: 'netExposure', of: '', value: amountOf(this.net) },
    ];
    const seen = new Set<unknown>();
    for (const { ofVenue, asset, ofInstrument } of markets) {
      for (const [name, total] of [
        ['venueExposure', ofVenue],
        ['assetExposure', asset],
        ['symbolExposure', ofInstrument],
      ] as const) {
        if (seen.has(total)) continue;
        seen.add(total);
        lines.push({ name, of: total.name, value: amountOf(total.value) });
      }
    }
    return lines;
  }

  /** Every figure by venue, asset or instrument. */
  *all(): Iterable<Line> {
    yield* this.lines([]);
    const { venues, assets, instruments } = this.markets;
    for (const [name, totals] of [
      ['venueExposure', venues],
      ['assetExposure', assets],
      ['symbolExposure', instruments],
    ] as const) {
      for (const { name: of, value } of totals.values()) {
        yield { name, of, value: amountOf(value) };
      }
    }
  }

  /** Worth of all orders on their way. */
  workingValue(): Decimal {
    this.refresh();
    return amountOf(this.working);
  }

  private refresh(): void {
    this.markets.refresh((market) => this.count(market));
  }

  private cell({ accountId, market }: Holder): Cell {
    const known = market.cells.get(accountId);
    if (known !== undefined) return known;
    const cell = noCell();
    market.cells.set(accountId, cell);
    return cell;
  }

  private change(market: Market, cell: Cell, by: Omit<Cell, 'worst'>): void {
    const { sums } = market;
    cell.held += by.held;
    cell.buys += by.buys;
    cell.sells += by.sells;
    const worst = worstOf(cell);
    sums.held += by.held;
    sums.buys += by.buys;
    sums.sells += by.sells;
    sums.worst += worst - cell.worst;
    cell.worst = worst;
    if (market.unit === 0n && sums.worst !== 0n) this.unvalued.add(market);
    else if (this.unvalued.size > 0) this.unvalued.delete(market);
    this.count(market);
  }

  /** Puts a market's sums into the totals at what it is worth now. */
  private count(market: Market): void {
    const { sums, counted, unit, asset } = market;
    if (unit !== 0n && this.unvalued.size > 0) this.unvalued.delete(market);
    const worst = sums.worst * unit;
    const grown = worst - counted.worst;
    if (grown !== 0n) {
      counted.worst = worst;
      this.gross += grown;
      market.ofVenue.value += grown;
      market.ofInstrument.value += grown;
      asset.value += grown;
    }
    const [held, buys, sells] = [sums.held * unit, sums.buys * unit, sums.sells * unit];
    if (held === counted.held && buys === counted.buys && sells === counted.sells) return;
    const more = {
      held: held - counted.held,
      buys: buys - counted.buys,
      sells: sells - counted.sells,
    };
    this.addNet(asset, more);
    const { coin } = market;
    if (coin !== undefined) {
      this.addNet(coin, { held: -more.held, buys: more.sells, sells: more.buys });
    }
    this.working += buys - counted.buys + (sells - counted.sells);
    counted.held = held;
    counted.buys = buys;
    counted.sells = sells;
  }

  private addNet(asset: AssetTotal, more: Omit<Cell, 'worst'>): void {
    this.net -= netOf(asset);
    asset.held += more.held;
    asset.buys += more.buys;
    asset.sells += more.sells;
    this.net += netOf(asset);
  }
}
