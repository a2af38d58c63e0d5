import { userInfo } from 'node:os';
import { CONFIG_SERVICE } from '@ats/contracts';
import { EXIT } from '@ats/runtime';
import pc from 'picocolors';
import { ANSWER_DEADLINE_MS, withRunningService } from '../app/running-system.ts';
import { table } from '../view/table.ts';
import { type ConfigOptions, shortened } from './config.ts';

export interface ReloadOptions extends ConfigOptions {
  readonly dryRun?: true;
  readonly actor?: string;
  readonly reason?: string;
}

/** Has a running system read its settings again. @returns 0, also when some need a restart */
export async function reloadConfig(options: ReloadOptions): Promise<number> {
  const { dryRun = false, actor = userInfo().username, reason = '' } = options;
  const target = { flags: options, service: CONFIG_SERVICE };
  const { changes } = await withRunningService(target, (config) =>
    config.ReloadConfig({ dryRun, actor, reason }, { deadlineMs: ANSWER_DEADLINE_MS }),
  );
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ dryRun, changes })}\n`);
    return EXIT.ok;
  }
  if (changes.length === 0) {
    process.stdout.write('Nothing has changed.\n');
    return EXIT.ok;
  }
  const taken = dryRun ? 'would be taken' : pc.green('taken');
  const rows = changes.map(({ path, before, after, live, source }) => [
    ...[path, before || '-', after || '-', live ? taken : pc.yellow('needs a restart')],
    pc.dim(shortened(source)),
  ]);
  const head = ['setting', 'running', 'now', '', 'from'];
  process.stdout.write(
    `${table(
      head,
      head.map(() => 'left'),
      rows,
    )}\n`,
  );
  return EXIT.ok;
}
