import type { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  type ConfigTree,
  type Logger,
  SupervisedProcess,
  startFailed,
  systemTimers,
} from '@ats/runtime';

/**
 * What starts at once, stage by stage: each service after those that it asks at its start. The
 * engine comes last.
 */
export const STAGES: readonly (readonly ServiceName[])[] = [
  [
    ...(['audit-exporter', 'access', 'notification', 'backtest'] as const),
    ...(['risk-manager', 'venue-gateway', 'price-collector', 'ui-dashboard'] as const),
  ],
  ['oms-core', 'order-gateway'],
];

/**
 * Drained one after the other: the engine while prices are live, for trades that are open are
 * unwound; who writes to the log before who reads it.
 */
const DRAINED = [
  'trading-engine',
  'ui-dashboard',
  'price-collector',
  'order-gateway',
  'oms-core',
  'venue-gateway',
  'risk-manager',
  'backtest',
  'notification',
  'access',
  'audit-exporter',
] as const;
type ServiceName = (typeof DRAINED)[number];

/** Eleven processes compile at once on a machine that may have two cores. */
const START_LIMIT_MS = 120_000;
/** Beyond `drainMs`, which each process watches itself: it has a runtime to leave as well. */
const EXIT_MS = 5000;

export interface ServicesOptions {
  /** The whole merged configuration. */
  readonly config: ConfigTree;
  readonly logger: Logger;
  /** Takes each line of each log. */
  readonly onLine: (line: string) => void;
  /** Pipes that each holds open while it runs. */
  readonly holds: readonly Writable[];
  /** Longest that one may take to drain. */
  readonly drainMs: number;
  /** Resolves when nobody wants them any more. */
  readonly abandoned: Promise<void>;
}

/** The services of one run, each in a process of its own. */
export class Services {
  private readonly options: ServicesOptions;
  private readonly running = new Map<ServiceName, SupervisedProcess>();

  constructor(options: ServicesOptions) {
    this.options = options;
  }

  /** Starts some, all at once. @throws what keeps one from starting, or SERVICE_START_FAILED */
  async start(names: readonly ServiceName[]): Promise<void> {
    const { config, logger, onLine, holds } = this.options;
    const limit = Promise.withResolvers<never>();
    const given = this.options.abandoned.then(() => {
      throw startFailed('ats up', 'ats up was ended before everything served');
    });
    const timer = systemTimers.after(START_LIMIT_MS, () => {
      const late = names.map((name) => this.running.get(name)).find((one) => one?.serves === false);
      limit.reject(startFailed(late?.name ?? 'a service', late?.trouble ?? ''));
    });
    try {
      const started = names.map((name) => {
        const file = fileURLToPath(new URL(`../../../../${name}/src/main.ts`, import.meta.url));
        const service = new SupervisedProcess({ name, file, config, logger, onLine, holds });
        this.running.set(name, service);
        return service.started;
      });
      await Promise.race([Promise.all(started), limit.promise, given]);
    } finally {
      timer.cancel();
    }
  }

  /** How often each was started again; who was not is left out. */
  restarts(): Readonly<Record<string, number>> {
    const counts = [...this.running].map(([name, { restarts }]) => [name, restarts] as const);
    return Object.fromEntries(counts.filter(([, restarts]) => restarts > 0));
  }

  /** Why those do not run that do not, each a sentence. */
  troubles(): readonly string[] {
    return [...this.running.values()].flatMap(({ trouble }) => (trouble === '' ? [] : [trouble]));
  }

  /** Drains one after the other. @returns those that did not drain */
  async stop(): Promise<readonly string[]> {
    const laggards: string[] = [];
    for (const name of DRAINED) {
      const service = this.running.get(name);
      if (service === undefined) continue;
      if (!(await service.stop(this.options.drainMs + EXIT_MS))) laggards.push(name);
    }
    return laggards;
  }
}
