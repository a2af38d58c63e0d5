import { wireCodec } from '@ats/contracts';
import type { ArbitrageTrade } from '@ats/domain';
import type { NewRecord } from '@ats/storage';
import { openBase } from '../domain/trade/trade-figures.ts';

const ALERT = wireCodec('ats.alert.v1.Alert');

/** Calls a person to a trade that stays open. */
export function exposedRecord(trade: ArbitrageTrade): NewRecord {
  const { tradeId, base, detail } = trade;
  const open = openBase(trade).toString();
  return alertRecord(trade, {
    key: `trade.exposed:${tradeId}`,
    severity: 'SEVERITY_CRITICAL',
    summary: `Trade ${tradeId} stays open by ${open} ${base}: ${detail}.`,
    facts: { tradeId, base, open },
  });
}

/** Tells of a fill that came after its trade had ended. */
export function lateFillRecord(trade: ArbitrageTrade): NewRecord {
  const { tradeId, base, carriedOut, version } = trade;
  const carried = carriedOut.toString();
  return alertRecord(trade, {
    key: `trade.late-fill:${tradeId}:${version}`,
    severity: 'SEVERITY_WARNING',
    summary: `Trade ${tradeId} was filled after it had ended; ${carried} ${base} are carried over.`,
    facts: { tradeId, base, carried },
  });
}

function alertRecord(
  { tradeId, updatedAtUs, opportunityId }: ArbitrageTrade,
  alert: {
    readonly key: string;
    readonly severity: 'SEVERITY_CRITICAL' | 'SEVERITY_WARNING';
    readonly summary: string;
    readonly facts: Readonly<Record<string, string>>;
  },
): NewRecord {
  const { key } = alert;
  const correlationId = opportunityId ?? tradeId;
  return {
    topic: 'alerts',
    key,
    headers: { schema: ALERT.fullName, eventId: key, correlationId },
    payload: ALERT.encode({
      ...alert,
      alertId: key,
      area: 'ALERT_AREA_TRADE',
      raisedAtUs: updatedAtUs,
      resolvedAtUs: 0,
      correlationId,
    }),
  };
}
