import type { ArbitrageTrade, OpportunityRecord } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import type { Session } from '../app/session-parts.ts';
import type { View } from '../commands/up.ts';

const STATUS_PERIOD_MS = 1000;

/** JSON lines on stdout: a status each second, opportunities and trades as they change. */
export function jsonLines(parts: { readonly session: Session }): View {
  const line = (event: string, fields: object): void => {
    const time = new Date(systemClock.nowUs() / 1000).toISOString();
    process.stdout.write(`${JSON.stringify({ time, event, ...fields })}\n`);
  };
  const status = systemTimers.every(STATUS_PERIOD_MS, () => {
    const { venues } = parts.session.collector.stats();
    const { opportunities, trades } = parts.session.engine?.stats() ?? {};
    line('status', { venues, opportunities, trades });
  });
  return {
    record: (record: OpportunityRecord) => line('opportunity', record),
    trade: (trade: ArbitrageTrade) => line('trade', trade),
    close: () => status.cancel(),
  };
}
