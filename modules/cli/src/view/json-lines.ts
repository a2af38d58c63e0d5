import type { OpportunityRecord } from '@ats/domain';
import { systemClock, systemTimers } from '@ats/runtime';
import type { Session } from '../app/session.ts';
import type { View } from '../commands/up.ts';

const STATUS_PERIOD_MS = 1000;

/** One JSON object a line on stdout: a status each second and each opportunity as it changes. */
export function jsonLines(parts: { readonly session: Session }): View {
  const line = (event: string, fields: object): void => {
    const time = new Date(systemClock.nowUs() / 1000).toISOString();
    process.stdout.write(`${JSON.stringify({ time, event, ...fields })}\n`);
  };
  const status = systemTimers.every(STATUS_PERIOD_MS, () => {
    const { venues } = parts.session.collector.stats();
    line('status', { venues, opportunities: parts.session.engine?.stats().opportunities });
  });
  return {
    record: (record: OpportunityRecord) => line('opportunity', record),
    close: () => status.cancel(),
  };
}
