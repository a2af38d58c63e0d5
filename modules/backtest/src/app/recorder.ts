import {
  type ArbitrageTrade,
  type AssetId,
  Decimal,
  deriveClientOrderId,
  type OpportunityId,
  type OpportunityRecord,
  type Order,
  TRADE_ENDS,
  type TradeId,
  type VenueId,
} from '@ats/domain';
import { readOrderCommand } from '@ats/orders';
import type { LogRecord } from '@ats/storage';
import type { AccountTrade } from '@ats/venue-simulator';
import type { EquityPoint, OpportunityCell, RunFill } from '../domain/run-record.ts';
import { figure, type Valuation, type Valued } from './valuation.ts';

const HOUR_US = 3_600_000_000;
const ENDS: ReadonlySet<string> = new Set(TRADE_ENDS);

type Mutable<Record> = { -readonly [Key in keyof Record]: Record[Key] };

interface VenueTrade {
  readonly venue: VenueId;
  readonly trade: AccountTrade;
  readonly notional: Decimal;
  readonly fee: Decimal;
}

/** Collects what a run leaves behind while it runs. */
export class Recorder {
  private readonly valuation: Valuation;
  private readonly samples: Valued[] = [];
  private readonly fills: VenueTrade[] = [];
  private readonly orders = new Map<string, Pick<Order, 'orderId' | 'tradeId'>>();
  private readonly ended: ArbitrageTrade[] = [];
  private readonly open = new Map<TradeId, ArbitrageTrade>();
  private readonly best = new Map<OpportunityId, OpportunityRecord>();
  private readonly cells = new Map<string, Mutable<OpportunityCell>>();

  constructor(valuation: Valuation) {
    this.valuation = valuation;
  }

  get tradesEnded(): number {
    return this.ended.length;
  }

  /** Values everything now. */
  async sample(timeUs: number): Promise<void> {
    await this.valuation.refresh();
    const valued = this.valuation.value(timeUs);
    if (this.samples.at(-1)?.timeUs === timeUs) this.samples.pop();
    this.samples.push(valued);
  }

  /** The start, and everything that was valued since. */
  equity(fromUs: number): readonly EquityPoint[] {
    const later = this.samples.filter(({ timeUs }) => timeUs > fromUs);
    return [this.valuation.start(fromUs), ...later].map((one) => this.valuation.point(one));
  }

  /** @returns the fill's notional in the numeraire */
  onFill(venue: VenueId, trade: AccountTrade): Decimal {
    const { listing, notional, fee, feeAsset } = trade;
    const rateOf = (asset: string): Decimal =>
      this.valuation.rateOf(asset as AssetId) ?? Decimal.ZERO;
    const value = figure(notional.multiply(rateOf(listing.quote.id)));
    this.fills.push({
      venue,
      trade,
      notional: value,
      fee: figure(fee.multiply(rateOf(feeAsset))),
    });
    return value;
  }

  /** Learns which order and trade the venues' client order ids belong to. */
  onRecord(record: LogRecord): void {
    if (record.topic !== 'orders.commands') return;
    const command = readOrderCommand(record);
    if (command.kind !== 'submit') return;
    const { orderId, tradeId } = command.order;
    this.orders.set(deriveClientOrderId({ orderId, revision: 0 }), { orderId, tradeId });
  }

  /** @returns whether the trade has just ended */
  onTrade(trade: ArbitrageTrade): boolean {
    if (!ENDS.has(trade.state)) {
      this.open.set(trade.tradeId, trade);
      return false;
    }
    const known = this.ended.findLastIndex(({ tradeId }) => tradeId === trade.tradeId);
    if (!this.open.delete(trade.tradeId) && known >= 0) {
      this.ended[known] = trade;
      return false;
    }
    this.ended.push(trade);
    return true;
  }

  onOpportunity(record: OpportunityRecord): void {
    const { id, netProfit } = record.opportunity;
    const best = this.best.get(id);
    if (best === undefined || netProfit.greaterThan(best.opportunity.netProfit)) {
      this.best.set(id, record);
    }
    if (record.closedAtUs === 0) return;
    this.count(this.best.get(id) ?? record, record);
    this.best.delete(id);
  }

  private count(best: OpportunityRecord, last: OpportunityRecord): void {
    const { base, buy, sell, quantity, grossProfit, netProfit } = best.opportunity;
    const { reason, openedAtUs, closedAtUs } = last;
    const hourUs = Math.floor(openedAtUs / HOUR_US) * HOUR_US;
    const key = `${hourUs} ${base} ${buy.venue} ${sell.venue} ${reason}`;
    const cell = this.cells.get(key) ?? {
      ...{ base, buy: buy.venue, sell: sell.venue, hourUs, reason },
      ...{ count: 0, stoodUs: 0, quantity: Decimal.ZERO },
      ...{ grossProfit: Decimal.ZERO, netProfit: Decimal.ZERO },
    };
    cell.count += 1;
    cell.stoodUs += closedAtUs - openedAtUs;
    cell.quantity = cell.quantity.add(quantity);
    cell.grossProfit = cell.grossProfit.add(grossProfit);
    cell.netProfit = cell.netProfit.add(netProfit);
    this.cells.set(key, cell);
  }

  /** By hour, base, venues and reason. */
  opportunities(): readonly OpportunityCell[] {
    return [...this.cells.entries()]
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([, cell]) => ({
        ...cell,
        quantity: figure(cell.quantity),
        grossProfit: figure(cell.grossProfit),
        netProfit: figure(cell.netProfit),
      }));
  }

  trades(): readonly ArbitrageTrade[] {
    return [...this.ended, ...this.open.values()];
  }

  runFills(): readonly RunFill[] {
    return this.fills.map(({ venue, trade, notional, fee }) => {
      const order = this.orders.get(trade.clientOrderId ?? '');
      return {
        timeUs: trade.timeUs,
        orderId: order?.orderId ?? ('' as RunFill['orderId']),
        tradeId: order?.tradeId,
        venue,
        instrument: trade.listing.instrument,
        side: trade.side === 'bid' ? 'buy' : 'sell',
        quantity: trade.quantity.normalized(),
        price: trade.price.normalized(),
        fee: trade.fee.normalized(),
        feeAsset: trade.feeAsset as AssetId,
        role: trade.isMaker ? 'maker' : 'taker',
        notionalNumeraire: notional,
        feeNumeraire: fee,
      };
    });
  }
}
