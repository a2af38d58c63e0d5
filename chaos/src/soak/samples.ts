import { readdirSync, readFileSync } from 'node:fs';

/** One line of Prometheus' text format: a series and its value. */
interface Line {
  readonly name: string;
  readonly value: number;
}

const LINE = /^([a-z_:][a-z0-9_:]*)(?:\{.*\})? (\S+)$/gim;

/** Sums of all series of each metric, over all that was scraped. */
function sumsOf(text: string): ReadonlyMap<string, number> {
  const sums = new Map<string, number>();
  for (const { name, value } of linesOf(text)) sums.set(name, (sums.get(name) ?? 0) + value);
  return sums;
}

function* linesOf(text: string): Generator<Line> {
  for (const [, name = '', value] of text.matchAll(LINE)) yield { name, value: Number(value) };
}

/** Series of a process' text: labels that multiply without end show as more and more of them. */
const seriesIn = (text: string): number => [...linesOf(text)].length;

const MIB = 2 ** 20;

/** What a system is at one moment. */
export interface Sample {
  readonly minute: number;
  /** By the names of `SERIES`; absent where nothing was measured since the sample before. */
  readonly values: Readonly<Record<string, number>>;
  /** Since the start. */
  readonly orders: number;
  readonly trades: number;
}

/**
 * Memory of a process by the kernel: what is mapped from files (the page cache of LMDB and of
 * binaries) is the kernel's to take back, so only the rest is judged. MiB.
 */
function memoryOf(pid: number): { readonly anonymous: number; readonly files: number } {
  const text = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1] ?? Number.NaN);
  const [all, anonymous] = [kib('Rss'), kib('Anonymous')];
  return { anonymous: anonymous / 1024, files: (all - anonymous) / 1024 };
}

const QUEUES = [
  'ats_storage_commit_queue_depth',
  'ats_storage_log_lag_records',
  'ats_orders_outbox_waiting_entries',
  'ats_venue_gateway_queue_calls',
  'ats_venue_gateway_work_orders',
  'ats_notification_pending_messages',
  'ats_storage_tick_queue_depth',
] as const;

const LATENCIES = {
  'risk check': 'ats_risk_check_duration_seconds',
  'order taken': 'ats_gateway_submit_duration_seconds',
  'input booked': 'ats_oms_input_seconds',
  commit: 'ats_storage_commit_seconds',
} as const;

const LATENCY_COUNT_MIN = 5;

/** Turns what was read of a process into samples; latencies are means since the one before. */
export class Sampler {
  private readonly pid: number;
  private before: ReadonlyMap<string, number> = new Map();

  constructor(pid: number) {
    this.pid = pid;
  }

  /** @param processText the metrics of the process itself, which each service has */
  take(parts: {
    readonly minute: number;
    readonly texts: readonly string[];
    readonly processText: string;
  }): Sample {
    const sums = sumsOf(parts.texts.join('\n'));
    const process = sumsOf(parts.processText);
    const { anonymous, files } = memoryOf(this.pid);
    const of = (name: string): number => process.get(name) ?? 0;
    const heapFree = of('nodejs_heap_size_total_bytes') - of('nodejs_heap_size_used_bytes');
    const values: Record<string, number> = {
      'memory in use': anonymous - heapFree / MIB,
      'anonymous memory': anonymous,
      'mapped files': files,
      'heap used': of('nodejs_heap_size_used_bytes') / MIB,
      'external memory': of('nodejs_external_memory_bytes') / MIB,
      'open files': readdirSync(`/proc/${this.pid}/fd`).length,
      handles: of('nodejs_active_resources_total'),
      'metric series': parts.texts.reduce((sum, text) => sum + seriesIn(text), 0),
      'event loop lag': of('nodejs_eventloop_lag_p99_seconds') * 1000,
      ...Object.fromEntries(QUEUES.map((name) => [name, sums.get(name) ?? 0])),
    };
    for (const [label, name] of Object.entries(LATENCIES)) {
      const grown = (suffix: string): number =>
        (sums.get(`${name}_${suffix}`) ?? 0) - (this.before.get(`${name}_${suffix}`) ?? 0);
      const count = grown('count');
      // A mean of a few is no mean.
      if (count >= LATENCY_COUNT_MIN && this.before.size > 0)
        values[label] = (grown('sum') / count) * 1000;
    }
    this.before = sums;
    const orders = sums.get('ats_gateway_submit_duration_seconds_count') ?? 0;
    const trades = sums.get('ats_engine_trades_total') ?? 0;
    return { minute: parts.minute, values, orders, trades };
  }
}

/** How a series is judged. */
export interface SeriesRule {
  readonly unit: string;
  readonly pick: 'min' | 'median';
  readonly amount: number;
  readonly share: number;
  /** Shown, and not judged: it may grow. */
  readonly free?: true;
}

const latency: SeriesRule = { unit: 'ms', pick: 'median', amount: 10, share: 1 };
const queue: SeriesRule = { unit: '', pick: 'median', amount: 200, share: 1 };

/** Every series, with what it may grow by in a run before it counts as growth. */
export const SERIES: Readonly<Record<string, SeriesRule>> = {
  // Caches with limits fill up in the first minutes; what is left is noise of the allocators.
  'memory in use': { unit: 'MiB', pick: 'min', amount: 48, share: 0.12 },
  'heap used': { unit: 'MiB', pick: 'min', amount: 24, share: 0.12 },
  'external memory': { unit: 'MiB', pick: 'min', amount: 16, share: 0.25 },
  // With what V8 holds free: it takes more while the machine has plenty.
  'anonymous memory': { unit: 'MiB', pick: 'min', amount: 0, share: 0, free: true },
  'mapped files': { unit: 'MiB', pick: 'min', amount: 0, share: 0, free: true },
  'open files': { unit: '', pick: 'median', amount: 12, share: 0.1 },
  handles: { unit: '', pick: 'median', amount: 12, share: 0.1 },
  'metric series': { unit: '', pick: 'median', amount: 200, share: 0.1 },
  'event loop lag': { unit: 'ms', pick: 'median', amount: 25, share: 1 },
  ...Object.fromEntries(QUEUES.map((name) => [name, queue])),
  ...Object.fromEntries(Object.keys(LATENCIES).map((name) => [name, latency])),
};
