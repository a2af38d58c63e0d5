import { type Logger, openMetrics, systemClock, systemTimers } from '@ats/runtime';
import { type OpenPorts, openPorts } from '@ats/storage';
import { recordedTrades } from '@ats/trading-engine';
import type { Configuration } from './configuration.ts';
import { checkLedger } from './ledger-check.ts';
import type { Recorded } from './session-parts.ts';

/** Opens log and state once more, after the services have given them up. */
export async function readRecorded(parts: {
  readonly configuration: Configuration;
  readonly logger: Logger;
  /** Profit and trades count from then on, microseconds since the epoch. */
  readonly sinceUs: number;
  /** Whether trades are read too. */
  readonly trades: boolean;
}): Promise<Recorded> {
  const { sinceUs } = parts;
  const ports = portsOf(parts);
  try {
    const log = await ports.eventLog();
    const ledger = await checkLedger({ log, state: await ports.stateStore(), sinceUs });
    return parts.trades ? { ledger, trades: await recordedTrades({ log, sinceUs }) } : { ledger };
  } finally {
    await ports.close();
  }
}

/** The ports that a configuration names, none of them opened yet. @throws STORAGE_URL_INVALID */
export function portsOf(parts: {
  readonly configuration: Configuration;
  readonly logger: Logger;
}): OpenPorts {
  return openPorts({
    config: parts.configuration.shared,
    clock: systemClock,
    timers: systemTimers,
    logger: parts.logger,
    metrics: openMetrics({ service: 'cli' }),
  });
}
