import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type ArbitrageTrade, AtsError, type OpportunityRecord } from '@ats/domain';
import type { MarketView } from '@ats/price-collector';
import type { Logger, Readiness, RpcDirectory } from '@ats/runtime';
import type { TradeStats } from '@ats/trading-engine';
import type { EdgeCell } from '../view/snapshot.ts';
import type { Configuration } from './configuration.ts';
import type { LedgerCheck } from './ledger-check.ts';
import type { SimulatorProcess } from './simulator-process.ts';
import type { EngineFigures, LatencyFigures, VenueSummary } from './summary.ts';

/** Where log lines go: `stderr`, `stdout` or the path of a file. */
export type LogTarget = 'stderr' | 'stdout' | { readonly file: string };

export type MarketShown = Omit<MarketView, 'bid' | 'ask'>;

/** What is shown of the price collector, in this process or another. */
export interface CollectorView {
  stats(): {
    readonly venues: Readonly<Record<string, VenueSummary>>;
    readonly frameToBook: LatencyFigures;
  };
  /** Every market as it stands now. */
  markets(): readonly MarketShown[];
}

/** What is shown of the trading engine, in this process or another. */
export interface EngineView {
  stats(): EngineFigures;
  /** The edge of every pair of markets as it stands now. */
  spreadMatrix(): readonly EdgeCell[];
  /** Newest first. */
  recentTrades(limit: number): readonly ArbitrageTrade[];
  /** Every line of the opportunity ledger as it is written. */
  onOpportunity(listener: (record: OpportunityRecord) => void): void;
  /** Every change of a trade. */
  onTrade(listener: (trade: ArbitrageTrade) => void): void;
  readiness(): Readiness;
}

/** What log and store say of a run that is over. */
export interface Recorded {
  readonly ledger: LedgerCheck;
  /** Absent where the engine of this process says the same. */
  readonly trades?: TradeStats;
}

/** Running services, of this process or one each, and the simulator if the mode asks for one. */
export interface Session {
  readonly configuration: Configuration;
  readonly logger: Logger;
  readonly collector: CollectorView;
  /** Absent when only recording. */
  readonly engine: EngineView | undefined;
  /** Absent when only recording. */
  readonly gateway: { readiness(): Readiness } | undefined;
  /** Absent when only recording. */
  readonly dashboard: { readonly url: string } | undefined;
  /** Where the first administrator is made; absent when there is one. A secret. */
  readonly setUpLink: string | undefined;
  /** The way to the services, in this process too. */
  readonly rpc: RpcDirectory;
  /** The money that profit is counted in. */
  readonly numeraire: string;
  readonly simulator: SimulatorProcess | undefined;
  /** When the first trade could be made, microseconds since the epoch. */
  readonly startedAtUs: number;
  /** Services that were started again, and how often. */
  restarts(): Readonly<Record<string, number>>;
  /** Drains everything, the simulator last. Safe to call twice. @returns who did not drain */
  stop(): Promise<readonly string[]>;
  /** Reads log and store, once everything has stopped. */
  recorded(): Promise<Recorded>;
  /** Ends what held log and store, where this run has started it. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly configuration: Configuration;
  /** Reads the configuration again; without it settings stay as they are. */
  readonly reread?: () => Configuration;
  readonly logTarget: LogTarget;
  /** Whether everything runs, or the collector alone. */
  readonly trading: boolean;
  /** Whether the simulated exchanges are started, in mode sim; else they run already. */
  readonly simulator: boolean;
  /** Where everything that reaches the engine is noted, for "ats parity"; nowhere when absent. */
  readonly recordFolder?: string | undefined;
  /** Where servers that this run starts keep their data; none are started when absent. */
  readonly enginesFolder?: string | undefined;
  /** Resolves when the run is to end, also before all of it has started. */
  readonly abandoned?: Promise<void>;
}

export function logDestination(target: LogTarget): { write(line: string): void } {
  if (target === 'stdout') return { write: (line) => void process.stdout.write(line) };
  if (target === 'stderr') return { write: (line) => void process.stderr.write(line) };
  const stream = createWriteStream(target.file, { flags: 'a' });
  return { write: (line) => void stream.write(line) };
}

/** @returns the path of a fresh log file in `folder`, which is made if it is not there. */
export function logFileIn(folder: string, startedAtUs: number): string {
  mkdirSync(folder, { recursive: true });
  const stamp = new Date(startedAtUs / 1000).toISOString().replaceAll(/[-:]/g, '').slice(0, 15);
  return join(folder, `ats-${stamp}-${process.pid}.jsonl`);
}

export function recordsInOneProcess(field: string): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `${field} records within one process, and profile distributed has one per service`,
    remedy: 'Use --profile embedded.',
    context: { field: '--profile', value: 'distributed' },
  });
}
