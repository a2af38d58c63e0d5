import type { ArbitrageTrade, OpportunityRecord } from '@ats/domain';
import { EXIT, openKillSwitch, pullOnSignal, systemClock } from '@ats/runtime';
import { type ConfigFlags, loadConfiguration } from '../app/configuration.ts';
import { openDistributedSession } from '../app/distributed/session.ts';
import { InvariantWatch } from '../app/invariants.ts';
import { openSession } from '../app/session.ts';
import { type LogTarget, logFileIn, type Session } from '../app/session-parts.ts';
import { type StopSignal, stopRequested } from '../app/stop-signal.ts';
import { summarize, type UpSummary } from '../app/summary.ts';
import { jsonLines } from '../view/json-lines.ts';
import { liveView } from '../view/screen.ts';
import { describeSummary } from '../view/summary-text.ts';

export interface UpOptions extends ConfigFlags {
  readonly duration?: number;
  readonly summary?: 'json';
  readonly plain?: true;
  /** False for `--no-simulator`. */
  readonly simulator: boolean;
  readonly recordSession?: string;
  /** The folder of the servers that this run starts. */
  readonly withEngines?: string;
}

/** A way of showing a running session; closed before the summary is printed. */
export interface View {
  record(record: OpportunityRecord): void;
  /** A trade as it stands after a change. */
  trade(trade: ArbitrageTrade): void;
  close(): void;
}

/** Starts everything, shows it until it is to stop, drains. @returns the exit code */
export async function up(options: UpOptions): Promise<number> {
  const configuration = loadConfiguration(options);
  const drawn = process.stdout.isTTY && options.plain !== true && options.summary !== 'json';
  const distributed = configuration.shared.profile === 'distributed';
  const stop = stopRequested({ reloads: !distributed });
  const logTarget = logTargetOf(options, drawn);
  const { simulator, recordSession: recordFolder, withEngines: enginesFolder } = options;
  const reread = () => loadConfiguration(options);
  const abandoned = stop.requested;
  const how = { trading: true, simulator, recordFolder, enginesFolder, abandoned };
  const session = distributed
    ? await openDistributedSession({ configuration, logTarget, ...how })
    : await openSession({ configuration, logTarget, reread, ...how });
  try {
    return await watchSession({ session, options, stop, drawn, logTarget });
  } finally {
    await session.close();
  }
}

/** Shows it until it is to stop, drains. @returns the exit code */
async function watchSession(parts: {
  readonly session: Session;
  readonly options: UpOptions;
  readonly stop: StopSignal;
  readonly drawn: boolean;
  readonly logTarget: LogTarget;
}): Promise<number> {
  const { session, options, stop } = parts;
  pullOnSignal(openKillSwitch(session.configuration.shared.killSwitchFile), session.logger);
  const setUpLink = setUpLinkOf(session);
  tellDashboard(session);
  tellSetUp(setUpLink);
  const startedAtUs = systemClock.nowUs();
  if (options.duration !== undefined) stop.after(options.duration);
  const watch = new InvariantWatch();
  const view = viewOf({ ...parts, startedAtUs, setUpLink });
  session.engine?.onOpportunity((record) => {
    watch.record(record);
    view?.record(record);
  });
  session.engine?.onTrade((trade) => view?.trade(trade));
  const ended = session.simulator?.ended.then((why) => {
    if (why !== undefined) watch.violated(`the venue simulator ${why}`);
  });
  await Promise.race([stop.requested, ...(ended === undefined ? [] : [ended])]);
  const durationMs = Math.round((systemClock.nowUs() - startedAtUs) / 1000);
  view?.close();
  stop.armForce();
  for (const name of await session.stop()) watch.violated(`${name} did not drain`);
  const recorded = await session.recorded();
  const summary = summarize({ session, durationMs, watch, recorded });
  printSummary(options, summary);
  return summary.invariants.ok ? EXIT.ok : EXIT.failed;
}

/** Its page may still be being built: it says so itself. */
function tellDashboard({ dashboard }: Session): void {
  if (dashboard !== undefined) process.stderr.write(`Dashboard: ${dashboard.url}\n`);
}

/** Told on the terminal alone: a log would keep it. */
function tellSetUp(setUpLink: string | undefined): void {
  if (setUpLink === undefined) return;
  const until = 'It works once, until somebody has used it or ATS starts again.';
  const said = `No administrator yet. Make one: ${setUpLink}\n  or: ats users set-up. ${until}\n`;
  process.stderr.write(said);
}

/** A link of port 0 leads nowhere: only the dashboard knows which one it was given. */
function setUpLinkOf({ setUpLink: link, dashboard }: Session): string | undefined {
  if (link === undefined || dashboard === undefined) return link;
  const url = new URL(link);
  if (url.port === '0') url.host = new URL(dashboard.url).host;
  return url.href;
}

function logTargetOf(options: UpOptions, drawn: boolean): LogTarget {
  if (drawn) return { file: logFileIn('data/logs', systemClock.nowUs()) };
  return options.summary === 'json' ? 'stderr' : 'stdout';
}

function viewOf(parts: {
  options: UpOptions;
  drawn: boolean;
  session: Session;
  startedAtUs: number;
  logTarget: LogTarget;
  setUpLink: string | undefined;
}): View | undefined {
  if (parts.drawn) return liveView(parts);
  return parts.options.summary === 'json' ? undefined : jsonLines(parts);
}

function printSummary(options: UpOptions, summary: UpSummary): void {
  const json = options.summary === 'json' || !process.stdout.isTTY;
  process.stdout.write(`${json ? JSON.stringify(summary) : describeSummary(summary)}\n`);
}
