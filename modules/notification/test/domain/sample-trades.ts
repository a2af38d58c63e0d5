import { arbitrageTradeToWire, wireCodec } from '@ats/contracts';
import {
  type ArbitrageTrade,
  accountId,
  assetId,
  Decimal,
  type EdgeWaterfall,
  instrumentId,
  orderId,
  requestId,
  type TradeOrder,
  type TradeState,
  tradeId,
  venueId,
} from '@ats/domain';
import type { NewRecord } from '@ats/storage';
import { DAY_US } from './samples.ts';

const decimal = (text: string): Decimal => Decimal.parse(text);

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');

/** A trade as the engine writes it to the log. */
export function tradeRecord(trade: ArbitrageTrade): NewRecord {
  const { tradeId: key, version } = trade;
  const eventId = `${key}:${version}`;
  return {
    ...{ topic: 'trades', key, payload: TRADE.encode(arbitrageTradeToWire(trade)) },
    headers: { schema: TRADE.fullName, eventId, correlationId: key },
  };
}

export interface SampleTrade {
  readonly number?: number;
  readonly state?: TradeState;
  readonly endedAtUs?: number;
  readonly numeraire?: string;
  /** Decimal text; what lies between goes to slippage. */
  readonly quoted?: string;
  readonly realised?: string;
}

/** A trade of half a bitcoin from kraken to upbit, as the log has it. */
export function tradeOf(said: SampleTrade = {}): ArbitrageTrade {
  const { number = 1, state = 'COMPLETED', endedAtUs = DAY_US, numeraire = 'USDT' } = said;
  const quoted = decimal(said.quoted ?? '12.5');
  const realised = decimal(said.realised ?? '9.25');
  const nothing = Decimal.ZERO;
  const waterfall: EdgeWaterfall = {
    ...{ quoted, staleness: nothing, fees: decimal('-2'), unwind: nothing, realised },
    slippage: realised.subtract(quoted).add(decimal('2')),
  };
  const ended = ['COMPLETED', 'UNWOUND', 'EXPOSED'].includes(state);
  return {
    tradeId: tradeId(`trade-${number}`),
    accountId: accountId('main'),
    ...{ origin: 'engine', opportunityId: undefined, state, reason: 'APPROVED', detail: '' },
    ...{ base: assetId('BTC'), numeraire: assetId(numeraire) },
    ...{ quantity: decimal('0.5'), baseValue: decimal('60000') },
    legs: [legOf('kraken', 'buy'), legOf('upbit', 'sell')],
    ...{
      unwinds: [],
      smallestQuantity: decimal('0.0001'),
      carriedIn: nothing,
      carriedOut: nothing,
    },
    realised: ended ? [{ asset: assetId(numeraire), amount: realised }] : [],
    waterfall: ended ? waterfall : undefined,
    ...{ unhedgedUsdSeconds: 1.5, frameAtUs: 0, unwindingAtUs: 0, version: 4 },
    ...{ createdAtUs: endedAtUs - 1_000_000, updatedAtUs: endedAtUs },
  };
}

function legOf(venue: string, side: 'buy' | 'sell'): TradeOrder {
  return {
    ...{ orderId: orderId(`order-${side}`), requestId: requestId('request'), side },
    ...{ venue: venueId(venue), instrument: instrumentId({ base: 'BTC', quote: 'USDT' }) },
    ...{ quantity: decimal('0.5'), limitPrice: decimal('60000'), conversionRate: Decimal.ONE },
    ...{ quotedNotional: decimal('30000'), arrivalNotional: undefined, sendBeforeUs: DAY_US },
    ...{ state: 'ended', version: 3, submitted: true, fees: [], detail: '' },
    ...{ cumulativeQuantity: decimal('0.5'), cumulativeNotional: decimal('30000') },
    ...{ strategy: undefined, plannedAtUs: DAY_US },
  };
}
