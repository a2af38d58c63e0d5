import type { ArbitrageTrade } from '@ats/domain';
import { type EventLog, LATE_LOG_US, offsetSince, partitionsOf } from '@ats/storage';
import { hasTradeEnded } from '../domain/trade/trade-machine.ts';
import { invalid } from './manual-trade.ts';
import { readTradeRecord } from './saga-store.ts';

const TOPIC = 'trades';
/** Records read for one page: two milliseconds of a core that trades. */
const PAGE_RECORDS = 100;
const CLOCKS_APART_US = 60_000_000;

export interface EndedTradesPage {
  /** Microseconds since the epoch. */
  readonly fromUs: number;
  /** The first moment after the period. */
  readonly toUs: number;
  /** Empty for the first page. */
  readonly pageToken: string;
}

export interface EndedTrades {
  readonly trades: readonly ArbitrageTrade[];
  /** Empty at the end. */
  readonly nextPageToken: string;
}

/**
 * Trades that ended in a period, from the log: it keeps them when the store has forgotten them.
 * One that was filled late comes again, with its higher version and perhaps another end.
 */
export async function readEndedTrades(
  log: Pick<EventLog, 'read'>,
  { fromUs, toUs, pageToken }: EndedTradesPage,
): Promise<EndedTrades> {
  const { partition, offset } = placeOf(pageToken);
  const sinceUs = fromUs - CLOCKS_APART_US;
  const from = offset ?? (await offsetSince(log, { topic: TOPIC, partition, sinceUs }));
  const records = await log.read({ topic: TOPIC, partition, from, limit: PAGE_RECORDS });
  const inTime = records.filter(({ loggedAtUs }) => loggedAtUs < toUs + LATE_LOG_US);
  const trades = inTime
    .map(readTradeRecord)
    .filter((trade) => hasTradeEnded(trade) && trade.updatedAtUs >= fromUs);
  const last = inTime.at(-1);
  if (last !== undefined && inTime.length === records.length) {
    return { trades, nextPageToken: `${partition}:${last.offset + 1}` };
  }
  const isLast = partition + 1 === partitionsOf(TOPIC);
  return { trades, nextPageToken: isLast ? '' : `${partition + 1}:` };
}

/** @returns no offset where a partition begins */
function placeOf(token: string): { readonly partition: number; readonly offset?: number } {
  if (token === '') return { partition: 0 };
  const [, partition, offset] = /^(\d{1,3}):(\d{0,15})$/.exec(token) ?? [];
  if (partition === undefined || Number(partition) >= partitionsOf(TOPIC)) {
    throw invalid('page_token', token.slice(0, 50), 'the token of the page before, or none');
  }
  return { partition: Number(partition), ...(offset ? { offset: Number(offset) } : {}) };
}
