import { arbitrageTradeToWire, wireCodec } from '@ats/contracts';
import { type ArbitrageTrade, assetId, Decimal, tradeId } from '@ats/domain';
import { intent, NOW_US, opportunity } from './samples.ts';

const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');

/** What the log is told of a trade. @param unhedgedUsdSeconds what it left open so far */
export function tradeRecord(
  id: string,
  state: `TRADE_STATE_${ArbitrageTrade['state']}`,
  unhedgedUsdSeconds = 0,
) {
  const trade: ArbitrageTrade = {
    ...{ tradeId: tradeId(id), accountId: intent().accountId, origin: 'engine' },
    ...{ opportunityId: opportunity().id, state: 'PROPOSED', base: assetId('BTC') },
    ...{
      numeraire: assetId('USDT'),
      quantity: Decimal.parse('0.1'),
      baseValue: Decimal.parse('100000'),
    },
    ...{ legs: [], unwinds: [], smallestQuantity: Decimal.parse('0.0001') },
    ...{ carriedIn: Decimal.ZERO, carriedOut: Decimal.ZERO, reason: 'APPROVED', detail: '' },
    ...{ realised: [], waterfall: undefined, unhedgedUsdSeconds, frameAtUs: NOW_US },
    ...{ createdAtUs: NOW_US, updatedAtUs: NOW_US, unwindingAtUs: 0, version: 2 },
  };
  return {
    topic: 'trades',
    key: id,
    headers: { schema: TRADE.fullName, eventId: `${id}:2`, correlationId: id },
    payload: TRADE.encode({ ...arbitrageTradeToWire(trade), state }),
  } as const;
}
