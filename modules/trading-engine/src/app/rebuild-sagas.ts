import { type ArbitrageTrade, type AssetId, Decimal, type TradeId } from '@ats/domain';
import { type Rebuilder, type RebuiltItem, readAlert } from '@ats/orders';
import type { LogRecord } from '@ats/storage';
import { hasTradeEnded } from '../domain/trade/trade-machine.ts';
import { accumulatorKey, carriedBy, endedItem, openItem, readTradeRecord } from './saga-store.ts';
import { carriedClosedOf } from './trade-alert.ts';

interface Told {
  first: ArbitrageTrade;
  latest: ArbitrageTrade;
  /** As it was when it had just ended; later fills amend it. */
  ended: ArbitrageTrade | undefined;
}

/** Trades, open and ended, and what they have carried over and nothing has closed. */
export class SagasRebuilder implements Rebuilder {
  readonly topics = ['trades', 'alerts'] as const;
  private readonly trades = new Map<TradeId, Told>();
  /** By alert: a record can come twice. */
  private readonly closed = new Map<string, ReturnType<typeof carriedClosedOf>>();

  add(record: LogRecord): void {
    if (record.topic === 'alerts') {
      const alert = readAlert(record);
      this.closed.set(alert.alertId, carriedClosedOf(alert));
      return;
    }
    const trade = readTradeRecord(record);
    const ended = hasTradeEnded(trade) ? trade : undefined;
    const told = this.trades.get(trade.tradeId);
    if (told === undefined) {
      this.trades.set(trade.tradeId, { first: trade, latest: trade, ended });
      return;
    }
    if (trade.version < told.first.version) told.first = trade;
    if (trade.version > told.latest.version) told.latest = trade;
    if (ended && ended.version < (told.ended?.version ?? Number.POSITIVE_INFINITY)) {
      told.ended = ended;
    }
  }

  *items(): Generator<RebuiltItem> {
    const carried = new Map<AssetId, Decimal>();
    const carry = (asset: AssetId, quantity: Decimal): void => {
      carried.set(asset, (carried.get(asset) ?? Decimal.ZERO).add(quantity));
    };
    for (const { first, latest, ended } of this.trades.values()) {
      if (!first.carriedIn.isZero()) carry(first.base, first.carriedIn.negate());
      if (ended === undefined) {
        yield openItem(latest);
        continue;
      }
      for (const { asset, is } of carriedBy(latest)) if (!is.isZero()) carry(asset, is);
      yield endedItem(latest, ended.updatedAtUs);
    }
    for (const closed of this.closed.values()) {
      if (closed !== undefined) carry(closed.base, closed.quantity.negate());
    }
    for (const [asset, quantity] of carried) {
      yield { key: accumulatorKey(asset), attributes: { quantity: quantity.normalized() } };
    }
  }
}
