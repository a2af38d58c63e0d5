import { compareWithLog, describeProblem, verifyArchive } from '@ats/audit-exporter';
import { Decimal, type LedgerEntry } from '@ats/domain';
import { decodeRecords, readBalanceItem, readLedgerEntry } from '@ats/orders';
import { openLogger, openMetrics, systemClock, systemTimers } from '@ats/runtime';
import {
  type Item,
  type LogRecord,
  openFileArchive,
  openLmdbEventLog,
  openLmdbStateStore,
  readLmdbState,
} from '@ats/storage';
import { checkLedger, type LedgerCheck } from '../ledger-check.ts';
import type { Places } from './places.ts';

/** What embedded data is found to be. */
export interface DataCheck {
  readonly ok: boolean;
  readonly ledger: Pick<LedgerCheck, 'entries' | 'balanced' | 'differences'>;
  readonly balances: number;
  /** Records that the state holds for the log and that are published at the next start. */
  readonly unpublished: number;
  readonly audit: { readonly segments: number; readonly records: number } | undefined;
  /** What is wrong, in words. */
  readonly problems: readonly string[];
}

/** Opens log, state and archive in their folders, which nobody may use, and checks all three. */
export async function checkData(places: Places): Promise<DataCheck> {
  const parts = {
    clock: systemClock,
    timers: systemTimers,
    logger: openLogger({ service: 'cli', level: 'error', destination: process.stderr }),
    metrics: openMetrics({ service: 'cli' }),
  };
  const items = await readLmdbState({ folder: places.state, nowUs: systemClock.nowUs() });
  const outbox = items.filter(({ key }) => key.table === 'outbox');
  const records = outbox.flatMap(({ attributes }) => decodeRecords(attributes['records']));
  const log = await openLmdbEventLog({ folder: places.log, ...parts });
  const state = await openLmdbStateStore({ folder: places.state, ...parts });
  try {
    const unpublished = records
      .filter(({ topic }) => topic === 'ledger.entries')
      .map((record): LedgerEntry => readLedgerEntry(record as LogRecord));
    const ledger = await checkLedger({ log, state, sinceUs: 0, unpublished });
    const balances = items.filter(({ key }) => key.table === 'balances');
    const audit = await checkArchive(places.audit, parts, log);
    const problems = [...ledger.differences, ...negative(balances), ...(audit?.problems ?? [])];
    return {
      ok: ledger.balanced && problems.length === 0,
      ledger,
      balances: balances.length,
      unpublished: records.length,
      audit,
      problems,
    };
  } finally {
    await state.close();
    await log.close();
  }
}

function negative(balances: readonly Item[]): readonly string[] {
  return balances.map(readBalanceItem).flatMap(({ accountId, venue, asset, ...parts }) => {
    const below = (['available', 'reserved'] as const).filter((bucket) =>
      parts[bucket].lessThan(Decimal.ZERO),
    );
    return below.map((bucket) => `${accountId} ${venue} ${asset}: ${bucket} is ${parts[bucket]}`);
  });
}

async function checkArchive(
  folder: string | undefined,
  parts: { readonly clock: typeof systemClock; readonly metrics: ReturnType<typeof openMetrics> },
  log: Awaited<ReturnType<typeof openLmdbEventLog>>,
) {
  if (folder === undefined) return undefined;
  const archive = await openFileArchive({ folder, ...parts });
  try {
    const { segments, records, problems } = await verifyArchive({ archive, timers: systemTimers });
    // What is not archived yet is archived by the next run; what differs never can be.
    const { differing } = await compareWithLog({ archive, log });
    const wrong = differing.map((name) => `${name}: differs from the log`);
    return { segments, records, problems: [...problems.map(describeProblem), ...wrong] };
  } finally {
    await archive.close();
  }
}
