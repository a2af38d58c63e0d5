import type { ArbitrageTrade, TradeId } from '@ats/domain';
import { type EventLog, offsetSince, partitionsOf } from '@ats/storage';
import { readTradeRecord } from './saga-store.ts';
import { type TradeStats, TradeTotals } from './trade-totals.ts';

const TOPIC = 'trades';
const READ_MAX = 1000;

/**
 * Sums over the trades that have changed since a moment, off the log: exact when the engine that
 * made them is gone, and whether or not it was started again.
 * @param from.sinceUs microseconds since the epoch
 */
export async function recordedTrades(from: {
  readonly log: Pick<EventLog, 'read'>;
  readonly sinceUs: number;
}): Promise<TradeStats> {
  const { log, sinceUs } = from;
  const newest = new Map<TradeId, ArbitrageTrade>();
  for (let partition = 0; partition < partitionsOf(TOPIC); partition += 1) {
    let at = await offsetSince(log, { topic: TOPIC, partition, sinceUs });
    for (;;) {
      const records = await log.read({ topic: TOPIC, partition, from: at, limit: READ_MAX });
      const last = records.at(-1);
      if (last === undefined) break;
      for (const trade of records.map(readTradeRecord)) {
        const known = newest.get(trade.tradeId);
        if (known === undefined || known.version < trade.version) newest.set(trade.tradeId, trade);
      }
      at = last.offset + 1;
    }
  }
  const totals = new TradeTotals();
  for (const trade of newest.values()) totals.note(trade, undefined, trade.updatedAtUs);
  return totals.stats();
}
