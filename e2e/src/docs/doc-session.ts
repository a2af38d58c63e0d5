import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from '@ats/runtime';
import { until } from '@ats/testkit';
import { ROOT } from './shell-commands.ts';

/** Settings that are a port or an address, with the port that pages name. */
const PORTS: Readonly<Record<string, number>> = {
  ATS_GATEWAY__PORT: 8090,
  ATS_DASHBOARD__PORT: 8080,
  ATS_ADMIN__PORTS__VENUE_SIMULATOR: 9100,
  ATS_ADMIN__PORTS__PRICE_COLLECTOR: 9101,
  ATS_ADMIN__PORTS__TRADING_ENGINE: 9102,
  ATS_ADMIN__PORTS__RISK_MANAGER: 9103,
  ATS_ADMIN__PORTS__ORDER_GATEWAY: 9104,
  ATS_ADMIN__PORTS__OMS_CORE: 9105,
  ATS_ADMIN__PORTS__VENUE_GATEWAY: 9106,
  ATS_ADMIN__PORTS__AUDIT_EXPORTER: 9107,
  ATS_ADMIN__PORTS__NOTIFICATION: 9108,
  ATS_ADMIN__PORTS__BACKTEST: 9109,
  ATS_ADMIN__PORTS__ACCESS: 9110,
  ATS_ADMIN__PORTS__UI_DASHBOARD: 9111,
  ATS_RPC__RISK_ADDRESS: 50051,
  ATS_RPC__ENGINE_ADDRESS: 50052,
  ATS_RPC__ORDER_ADDRESS: 50053,
  ATS_RPC__LEDGER_ADDRESS: 50054,
  ATS_RPC__VENUE_ADDRESS: 50055,
  ATS_RPC__AUDIT_ADDRESS: 50056,
  ATS_RPC__NOTIFICATION_ADDRESS: 50057,
  ATS_RPC__BACKTEST_ADDRESS: 50058,
  ATS_RPC__ACCESS_ADDRESS: 50059,
  ATS_RPC__MARKET_DATA_ADDRESS: 50060,
};
/** Of pages themselves: a server for frames, a receiver of messages. */
const OTHER_PORTS = [7000, 7777];

/** What goes on until Ctrl-C. */
const GOES_ON = [
  /^(\w+=\S+ )?npm start/,
  /^ats up(?!.*--duration)/s,
  /^node (modules|examples)\/(?!.*&$)/s,
  /--serve /,
];
/** A whole system, and what cannot run beside one. */
const SYSTEM = /npm start|^ats up/;
const NEEDS_PORTS = /^ats (?:up|record|restore|rebuild)\b/;
/** What each of those says when it is ready. */
const READY = /"event":"(?:simulator\.ready|replay\.serving)"|"event":"service\.started"|listening/;
const ALL_READY = /"service":"trading-engine","event":"service\.started"/;
const READY_MS = 90_000;
const COMMAND_MS = 120_000;

/** Times that a reader has and a test has not. */
const SHORTER: readonly (readonly [RegExp, string])[] = [
  [/npm ci && /, ''],
  [/--duration \d+m/, '--duration 12s'],
  [/--duration (?:20|30|60)s/, '--duration 8s'],
];

export interface Ran {
  readonly code: number | null;
  readonly output: string;
}

/**
 * A reader of one page: a checkout of their own, a terminal whose variables stay, and another in
 * which what goes on until Ctrl-C goes on.
 */
export class DocSession {
  readonly folder: string;
  private readonly ports: ReadonlyMap<number, number>;
  private readonly env: NodeJS.ProcessEnv;
  private readonly shell: ChildProcess;
  private said = '';
  private running: { child: ChildProcess; text: string; said: string } | undefined;

  private constructor(ports: ReadonlyMap<number, number>) {
    this.ports = ports;
    this.folder = mkdtempSync(join(tmpdir(), 'ats-docs-'));
    for (const name of readdirSync(ROOT)) {
      if (name !== 'data') symlinkSync(join(ROOT, name), join(this.folder, name));
    }
    const { PATH = '', ...others } = process.env;
    const plain = Object.entries(others).filter(([name]) => !name.startsWith('ATS_'));
    const moved = Object.entries(PORTS).map(([name, port]) => {
      const own = this.ports.get(port) as number;
      return [name, name.endsWith('_ADDRESS') ? `127.0.0.1:${own}` : `${own}`];
    });
    this.env = {
      ...Object.fromEntries([...plain, ...moved]),
      // The tests of the dashboard build it; here it would only take the machine's time.
      ATS_DASHBOARD__BUILD_WEB: 'false',
      NO_COLOR: '1',
      PATH: `${this.folder}/node_modules/.bin:${PATH}`,
    };
    this.shell = spawn('bash', [], { cwd: this.folder, env: this.env, detached: true });
    for (const stream of [this.shell.stdout, this.shell.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.said += text;
      });
    }
  }

  static async open(): Promise<DocSession> {
    const wanted = [...Object.values(PORTS), ...OTHER_PORTS];
    const own = await freePorts(wanted.length);
    return new DocSession(new Map(wanted.map((port, at) => [port, own[at] as number])));
  }

  /** Runs a command of the page; what goes on is left running once it is ready. */
  async run(text: string): Promise<Ran> {
    const own = this.adapted(text);
    return GOES_ON.some((one) => one.test(own)) ? this.start(own) : this.finish(own);
  }

  /** Ctrl-C for what still runs. @returns how it ended, undefined when nothing ran */
  async interrupt(): Promise<(Ran & { readonly text: string }) | undefined> {
    const { running } = this;
    if (running === undefined) return undefined;
    this.running = undefined;
    const { child } = running;
    if (child.exitCode === null) {
      const closed = once(child, 'close');
      process.kill(-(child.pid as number), 'SIGINT');
      await closed;
    }
    const code = child.signalCode === 'SIGINT' && endedWell(running) ? 0 : child.exitCode;
    return { code, output: running.said, text: running.text };
  }

  async close(): Promise<void> {
    await this.interrupt();
    this.shell.stdin?.end();
    process.kill(-(this.shell.pid as number), 'SIGKILL');
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The command with this session's ports, places filled in from answers, and shorter times. */
  private adapted(text: string): string {
    const shorter = SHORTER.reduce((before, [long, short]) => before.replace(long, short), text);
    if (/npm (ci|install)/.test(shorter)) throw new Error(`would change the checkout: ${text}`);
    const moved = shorter.replaceAll(/\b\d{4,5}\b/g, (port) =>
      String(this.ports.get(Number(port)) ?? port),
    );
    const [, orderId = 'ORDER_ID'] = [...this.said.matchAll(/"orderId":"(\w+)"/g)].at(-1) ?? [];
    return moved.replaceAll('ORDER_ID', orderId);
  }

  private async start(text: string): Promise<Ran> {
    const before = await this.interrupt();
    if (before !== undefined && before.code !== 0) return before;
    mkdirSync(join(this.folder, 'data'), { recursive: true });
    const child = spawn('bash', ['-c', text], {
      ...{ cwd: this.folder, env: this.env, detached: true },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const running = { child, text, said: '' };
    this.running = running;
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (said: string) => {
        running.said += said;
      });
    }
    const ready = SYSTEM.test(text) ? ALL_READY : READY;
    await until(() => child.exitCode !== null || ready.test(running.said), { timeoutMs: READY_MS });
    return { code: child.exitCode ?? 0, output: running.said };
  }

  private async finish(text: string): Promise<Ran> {
    // One system at a time has the ports and the data: the page has said to end the other first.
    if (NEEDS_PORTS.test(text) && SYSTEM.test(this.running?.text ?? '')) {
      const before = await this.interrupt();
      if (before !== undefined && before.code !== 0) return before;
    }
    const from = this.said.length;
    const mark = `ended-${from}`;
    this.shell.stdin?.write(`{ ${text}\n} </dev/null\nprintf '\\n${mark}:%s\\n' "$?"\n`);
    const end = new RegExp(`\\n${mark}:(\\d+)\\n`);
    await until(() => end.test(this.said.slice(from)), { timeoutMs: COMMAND_MS });
    const output = this.said.slice(from);
    return { code: Number(end.exec(output)?.[1] ?? Number.NaN), output };
  }
}

/** npm ends itself by the signal that it has passed on; then the summary of ATS counts. */
function endedWell({ text, said }: { readonly text: string; readonly said: string }): boolean {
  return /npm start/.test(text) && /"invariants":\{"ok":true,"violations":\[\]\}\}\s*$/.test(said);
}
