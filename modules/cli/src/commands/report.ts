import { writeFile } from 'node:fs/promises';
import { ENGINE_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { EXIT, parseConfig, systemClock } from '@ats/runtime';
import {
  dashboardConfigSchema,
  periodOf,
  Reports,
  type ReportTable,
  startReportWorker,
} from '@ats/ui-dashboard';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { VENUES_DEADLINE_MS, withRunningSystem } from '../app/running-system.ts';

export interface ReportOptions extends ConfigFlags {
  readonly from: string;
  readonly to?: string;
  readonly pdf?: string;
  readonly csv?: string;
  readonly table: ReportTable;
}

/** Writes a report of a running system to files. @returns the exit code */
export async function report(options: ReportOptions): Promise<number> {
  const { from, to = from, table } = options;
  const files = (['pdf', 'csv'] as const).flatMap((format) => {
    const path = options[format];
    return path === undefined ? [] : [{ format, path }];
  });
  if (files.length === 0) throw noFile();
  const period = periodOf({ from, to }, systemClock.nowUs());
  const { mode, engine } = parseConfig(loadConfiguration(options).loaded, dashboardConfigSchema);
  await withRunningSystem({ flags: options, service: ENGINE_SERVICE }, async (rpc) => {
    const parts = { rpc, mode, ...engine, clock: systemClock, deadlineMs: VENUES_DEADLINE_MS };
    const reports = new Reports({ ...parts, startWorker: startReportWorker });
    for (const { format, path } of files) {
      const wish = { period, format, table, madeFor: 'the command line' };
      await writeFile(path, await reports.make(wish, {}));
      process.stdout.write(`${path}\n`);
    }
  });
  return EXIT.ok;
}

const noFile = (): AtsError =>
  new AtsError({
    code: 'CONFIG_INVALID',
    message: 'report has no file to write',
    remedy: 'Add --pdf FILE, --csv FILE, or both.',
    context: { field: '--pdf', value: '' },
  });
