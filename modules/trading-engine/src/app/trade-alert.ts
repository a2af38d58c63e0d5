import { wireCodec } from '@ats/contracts';
import type { ArbitrageTrade } from '@ats/domain';
import type { NewRecord } from '@ats/storage';
import { openBase } from '../domain/trade/trade-figures.ts';

const ALERT = wireCodec('ats.alert.v1.Alert');

/** Calls a person to a trade that stays open. */
export function alertRecord(trade: ArbitrageTrade): NewRecord {
  const { tradeId, base, updatedAtUs, detail } = trade;
  const open = openBase(trade).toString();
  const key = `trade.exposed:${tradeId}`;
  const correlationId = trade.opportunityId ?? tradeId;
  return {
    topic: 'alerts',
    key,
    headers: { schema: ALERT.fullName, eventId: key, correlationId },
    payload: ALERT.encode({
      alertId: key,
      key,
      severity: 'SEVERITY_CRITICAL',
      area: 'ALERT_AREA_TRADE',
      summary: `Trade ${tradeId} stays open by ${open} ${base}: ${detail}.`,
      facts: { tradeId, base, open },
      raisedAtUs: updatedAtUs,
      resolvedAtUs: 0,
      correlationId,
    }),
  };
}
