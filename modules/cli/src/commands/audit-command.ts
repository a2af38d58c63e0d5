import type { Command } from 'commander';
import { parseInteger } from '../app/durations.ts';
import type { AuditQueryOptions, AuditVerifyOptions } from './audit.ts';
import type { CommandParts } from './command-parts.ts';

const ROWS_DEFAULT = 1000;

const VERIFY_HELP = `
Every segment carries the digest of the one before, and heads name the newest of all. A line is
printed for each object that was changed, removed, added, cut short or put in another order.
Keep the digest of the newest head elsewhere and give it with --head the next time: then a removal
of the newest objects, heads among them, is noticed too.

Examples:
  ats audit verify
  ats audit verify --archive file:./data/audit --topic ledger.entries --json`;

const QUERY_HELP = `
Views: orders, order_events, order_commands, executions, fills, trades, ledger_entries, postings,
risk_decisions, alerts, dead_letters, and events for every record as it is. "SHOW TABLES" and
"DESCRIBE orders" say more. Amounts are exact decimals.

Examples:
  ats audit query "SELECT venue, side, sum(last_quantity) FROM fills GROUP BY ALL"
  ats audit query "SELECT asset, sum(amount) FROM postings GROUP BY asset" --json
  ats audit query "SELECT * FROM events WHERE correlation_id = 'c-1' ORDER BY logged_at"`;

/** Adds `audit verify` and `audit query`. */
export function addAudit(program: Command, parts: CommandParts): void {
  const { result, withConfig, exitCodes, collect } = parts;
  const audit = program
    .command('audit')
    .description('check and question the write-once archive')
    .addHelpText('after', exitCodes)
    .exitOverride();
  const common = (command: Command): Command =>
    withConfig(command)
      .option('--archive <url>', 'where it is, such as file:./data/audit; default: archive.url')
      .option('--json', 'JSON instead of a table')
      .exitOverride();
  common(audit.command('verify').description('find whatever was changed, removed or added'))
    .option('--topic <name>', 'this topic of the log alone')
    .option('--head <digest>', 'digest of a head that was kept elsewhere; repeatable', collect, [])
    .option('--log', 'compare with the log, record by record; a log in a folder must be free')
    .addHelpText('after', VERIFY_HELP + exitCodes)
    .action(async (options: AuditVerifyOptions) => {
      const { auditVerify } = await import('./audit.ts');
      result.exitCode = await auditVerify(options);
    });
  common(audit.command('query <sql>').description('run SQL over the archive, by DuckDB'))
    .option('--limit <rows>', 'rows shown at most', parseInteger, ROWS_DEFAULT)
    .option('--cache <folder>', 'where segments of an archive that is not a folder are kept')
    .addHelpText('after', QUERY_HELP + exitCodes)
    .action(async (sql: string, options: AuditQueryOptions) => {
      const { auditQuery } = await import('./audit.ts');
      result.exitCode = await auditQuery(sql, options);
    });
}
