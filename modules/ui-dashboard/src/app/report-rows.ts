import type { WireMessages } from '@ats/contracts';
import { COUNTERS } from '@ats/orders';
import type { EntryRow, TradeRow } from '../domain/report-input.ts';

type WireTrade = WireMessages['ats.execution.v1.ArbitrageTrade'];
type WireEntry = WireMessages['ats.ledger.v1.LedgerEntry'];

const wordOf = (name: string, prefix: string): string =>
  name.startsWith(prefix) ? name.slice(prefix.length) : name;

export function tradeRowOf(trade: WireTrade): TradeRow {
  const { waterfall, legs, realised, updatedAtUs: endedAtUs } = trade;
  const venueOf = (side: 'ORDER_SIDE_BUY' | 'ORDER_SIDE_SELL'): string =>
    legs.find((leg) => leg.side === side)?.venue ?? '';
  return {
    ...{ tradeId: trade.tradeId, version: trade.version, reason: trade.reason },
    state: wordOf(trade.state, 'TRADE_STATE_'),
    origin: wordOf(trade.origin, 'TRADE_ORIGIN_').toLowerCase(),
    ...{ createdAtUs: trade.createdAtUs, endedAtUs, base: trade.base },
    ...{ numeraire: trade.numeraire, quantity: trade.quantity },
    ...{ buyVenue: venueOf('ORDER_SIDE_BUY'), sellVenue: venueOf('ORDER_SIDE_SELL') },
    waterfall: waterfall === null ? undefined : { ...waterfall },
    realised: realised.map(({ asset, amount }) => [asset, amount] as const),
    unhedgedUsdSeconds: trade.unhedgedUsdSeconds,
  };
}

export function entryRowOf({ entryId, kind, postings }: WireEntry): EntryRow {
  return {
    ...{ entryId, kind },
    postings: postings.map(({ accountId, venue, asset, bucket, amount }) => ({
      ...{ venue, asset, amount },
      ...(bucket === 'BUCKET_COUNTER'
        ? { counter: accountId === COUNTERS.fees ? 'fees' : 'other' }
        : {}),
    })),
  };
}
