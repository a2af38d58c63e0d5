import {
  type Alert,
  type ArbitrageTrade,
  type AssetId,
  assetId,
  Decimal,
  makeAlert,
} from '@ats/domain';
import { alertRecord } from '@ats/orders';
import type { NewRecord } from '@ats/storage';
import { openBase } from '../domain/trade/trade-figures.ts';

/** Calls a person to a trade that stays open. */
export function exposedRecord(trade: ArbitrageTrade): NewRecord {
  const { tradeId, base, detail } = trade;
  const open = openBase(trade).toString();
  return recordOf(trade, {
    key: `trade.exposed:${tradeId}`,
    severity: 'critical',
    summary: `Trade ${tradeId} stays open by ${open} ${base}: ${detail}.`,
    action: 'Every way to close it was tried; it is tried no more.',
    remedy: `Close ${open} ${base} by hand, on the venue with the best price.`,
    facts: { tradeId, base, open },
    runbook: 'trade-exposed',
  });
}

/** Tells of a fill that came after its trade had ended. */
export function lateFillRecord(trade: ArbitrageTrade): NewRecord {
  const { tradeId, base, carriedOut, version } = trade;
  const carried = carriedOut.toString();
  return recordOf(trade, {
    key: `trade.late-fill:${tradeId}:${version}`,
    severity: 'warning',
    summary: `Trade ${tradeId} was filled after it had ended; ${carried} ${base} are carried over.`,
    action: 'The hedge accumulator closes it with what else is carried.',
    remedy: 'Look at why the venue reported the fill so late.',
    facts: { tradeId, base, carried },
  });
}

const CARRIED_CLOSED = 'trade.carried-closed:';

/**
 * Tells what a flatten closes of what trades had carried over.
 * @param closed.version of what was carried: within a flatten it tells one forgetting from another.
 *   A state that was rebuilt counts versions anew
 */
export function carriedClosedRecord(closed: {
  readonly flattenId: string;
  readonly sinceUs: number;
  readonly base: AssetId;
  readonly quantity: Decimal;
  readonly version: number;
}): NewRecord {
  const { flattenId, sinceUs, base, quantity, version } = closed;
  const carried = quantity.toString();
  const alert = makeAlert({
    key: `${CARRIED_CLOSED}${base}`,
    alertId: `${CARRIED_CLOSED}${base}:${flattenId}:${version}`,
    area: 'trade',
    severity: 'info',
    summary: `${carried} ${base} that trades had carried over are closed with the positions.`,
    facts: { base, carried },
    raisedAtUs: sinceUs,
    resolvedAtUs: sinceUs,
    correlationId: flattenId,
  });
  return alertRecord(alert, 'resolved');
}

/** What an alert says was forgotten of what trades had carried; undefined for all other alerts. */
export function carriedClosedOf({ key, facts }: Alert) {
  const { base, carried } = facts;
  if (!key.startsWith(CARRIED_CLOSED) || base === undefined || carried === undefined) return;
  return { base: assetId(base), quantity: Decimal.parse(carried) };
}

function recordOf(
  { updatedAtUs, opportunityId, tradeId }: ArbitrageTrade,
  said: Pick<Alert, 'key' | 'severity' | 'summary' | 'action' | 'remedy' | 'facts'> &
    Partial<Pick<Alert, 'runbook'>>,
): NewRecord {
  // A saga that a crash makes tell again tells the same.
  const alert = makeAlert({
    ...said,
    alertId: said.key,
    area: 'trade',
    raisedAtUs: updatedAtUs,
    correlationId: opportunityId ?? tradeId,
  });
  return alertRecord(alert, 'raised');
}
