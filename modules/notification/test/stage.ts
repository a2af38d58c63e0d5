import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOTIFICATION_SERVICE, type WireMessages, type WireServices } from '@ats/contracts';
import { type Alert, makeAlert, Secret } from '@ats/domain';
import { alertRecord } from '@ats/orders';
import {
  type Caller,
  type Clock,
  loadConfig,
  type Outcome,
  openRpcDirectory,
  parseConfig,
  type RpcClient,
  type RpcDirectory,
  type RpcSubscription,
  seededRandom,
  systemClock,
  systemTimers,
  type Timers,
  UNGUARDED,
} from '@ats/runtime';
import {
  type EventLog,
  openLmdbEventLog,
  openLmdbStateStore,
  openParquetTickStore,
  type StateStore,
  type TickStore,
} from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import {
  type NotificationConfig,
  notification,
  notificationConfigSchema,
  type RunningNotification,
} from '../src/index.ts';

const CONFIG_FOLDER = fileURLToPath(new URL('../../../config', import.meta.url));
/** Long enough for any machine. */
export const CALL = { deadlineMs: 20_000 };
export const WAIT = { timeoutMs: 40_000 };

export type NotificationClient = RpcClient<WireServices['ats.notification.v1.NotificationService']>;
type Settings = NotificationConfig['notification'];

/** Settings that lose no time. */
export const QUICK = [
  'notification.foldMs=5',
  'notification.tickMs=10',
  'notification.flood.messagesMax=1000',
  'notification.retry.baseMs=5',
  'notification.retry.maxMs=40',
  'notification.breaker.callsMin=1000',
];

export const PERSON = {
  personId: 'ann',
  name: 'Ann',
  locale: 'en',
  zone: 'UTC',
  addresses: {},
  quietHours: [],
  digestAt: '08:00',
};

export const RULE: WireMessages['ats.notification.v1.NotificationRule'] = {
  ruleId: '',
  personId: 'ann',
  channel: 'bell',
  severityMin: 'SEVERITY_INFO',
  area: 'ALERT_AREA_UNSPECIFIED',
  venue: '',
  instrument: '',
  frequency: 'FREQUENCY_IMMEDIATE',
  escalateTo: [],
  acknowledgeWithinS: 0,
};

/** An alert that says its number. */
export function alertOf(number: number, said: Partial<Alert> = {}): Alert {
  return makeAlert({
    key: `venue.down:${number}`,
    severity: 'critical',
    area: 'system',
    summary: `Venue ${number} does not answer`,
    action: 'Orders there are rejected unsent.',
    remedy: 'Look at its status page.',
    runbook: 'venue-down',
    raisedAtUs: 1_780_000_000_000_000 + number,
    ...said,
  });
}

interface StartOptions {
  /** Serves what other services would. */
  readonly others?: (rpc: RpcDirectory) => Promise<unknown>;
  readonly set?: readonly string[];
  readonly store?: StateStore;
  readonly ticks?: () => Promise<TickStore>;
  /** Told how calls went. */
  readonly onOutcome?: (outcome: Outcome) => void;
  /** Who calls; a service if absent. */
  readonly callerOf?: () => Partial<Caller>;
}

/** A real log and a real store in a folder of their own, and the service on them. */
export class Stage {
  readonly folder: string;
  readonly logger = silentLogger();
  metrics = memoryMetrics();
  log!: EventLog;
  store!: StateStore;
  /** Opened when first asked for. */
  ticks!: () => Promise<TickStore>;
  readonly clock: Clock;
  readonly timers: Timers;
  running: RunningNotification | undefined;
  private caller: RpcDirectory | undefined;
  private closeTicks = async (): Promise<void> => {};
  private readonly closing: (() => Promise<void>)[] = [];

  private constructor(folder: string, time: { readonly clock: Clock; readonly timers: Timers }) {
    this.folder = folder;
    this.clock = time.clock;
    this.timers = time.timers;
  }

  /** @param time of the service; the machine's unless given */
  static async open(time = { clock: systemClock, timers: systemTimers }): Promise<Stage> {
    const stage = new Stage(await mkdtemp(join(tmpdir(), 'ats-notification-')), time);
    await stage.openPorts();
    return stage;
  }

  async openPorts(): Promise<void> {
    const tools = {
      clock: this.clock,
      timers: systemTimers,
      logger: this.logger,
      metrics: memoryMetrics(),
    };
    const { folder } = this;
    this.log = await openLmdbEventLog({ folder: join(folder, 'log'), ...tools });
    this.store = await openLmdbStateStore({ folder: join(folder, 'state'), ...tools });
    const timed = { ...tools, timers: systemTimers, flushIntervalMs: 20 };
    let opened: Promise<TickStore> | undefined;
    this.ticks = () => {
      opened ??= openParquetTickStore({ folder: join(folder, 'ticks'), ...timed });
      return opened;
    };
    this.closeTicks = async () => (await opened)?.close();
  }

  async closePorts(): Promise<void> {
    await this.log.close();
    await this.store.close();
    await this.closeTicks();
  }

  /** Starts the service and calls it over gRPC. */
  async start(
    channels: Settings['channels'] = {},
    options: StartOptions = {},
  ): Promise<NotificationClient> {
    const { set = [], store = this.store, ticks = this.ticks, others } = options;
    const { onOutcome, callerOf = () => ({}) } = options;
    const { clock, timers, logger, log } = this;
    const parts = { clock, timers, random: seededRandom(1), logger };
    const field = 'rpc.notificationAddress';
    const open = (address: string): RpcDirectory => {
      const addresses = { [NOTIFICATION_SERVICE.fullName]: { address, field } };
      const own = { ...parts, clock: systemClock, timers: systemTimers };
      const rpc = openRpcDirectory({
        guard: {
          ...UNGUARDED,
          identify: () => ({ ...UNGUARDED.self, ...callerOf() }),
          admit: () => onOutcome,
        },
        ...own,
        metrics: memoryMetrics(),
        addresses,
      });
      this.closing.push(() => rpc.close());
      return rpc;
    };
    const assignments = [...QUICK, ...set];
    const loaded = loadConfig({ folder: CONFIG_FOLDER, environment: {}, assignments });
    const config = parseConfig(loaded, notificationConfigSchema);
    const rpc = open('127.0.0.1:0');
    this.metrics = memoryMetrics();
    await others?.(rpc);
    this.running = await notification.start({
      ...parts,
      config: { notification: { ...config.notification, channels } },
      metrics: this.metrics,
      rpc,
      ports: {
        eventLog: () => Promise.resolve(log),
        stateStore: () => Promise.resolve(store),
        tickStore: ticks,
      },
    });
    this.caller = open(this.running.address);
    return this.caller.client(NOTIFICATION_SERVICE);
  }

  /** Follows a bell over gRPC. */
  follow(
    request: { readonly personId: string; readonly after: string },
    onKey: (key: string) => void,
  ): RpcSubscription {
    if (this.caller === undefined) throw new Error('start the service first');
    return this.caller.subscribe(NOTIFICATION_SERVICE, 'StreamBell', request, {
      ...CALL,
      onMessage: ({ entry }) => onKey(entry?.alert?.key ?? ''),
      onEnd: () => {},
    });
  }

  async stop(): Promise<void> {
    await this.running?.drain();
    this.running = undefined;
    for (const close of this.closing.splice(0).reverse()) await close();
  }

  async raise(...alerts: readonly Alert[]): Promise<void> {
    for (const alert of alerts) {
      const change = alert.resolvedAtUs === undefined ? 'raised' : 'resolved';
      await this.log.append(alertRecord(alert, change));
    }
  }

  async close(): Promise<void> {
    await this.stop();
    await this.closePorts();
    await rm(this.folder, { recursive: true, force: true });
  }
}

export const WEBHOOK_SECRET = 'a-webhook-secret-of-the-tests';
export const webhookChannel = { kind: 'webhook', secret: new Secret(WEBHOOK_SECRET) } as const;

/** A mail channel to the test's own server. */
export const emailChannel = (server: {
  readonly port: number;
  readonly certificate: string;
}): Settings['channels'][string] => ({
  ...{ kind: 'email', host: 'localhost', port: server.port, security: 'starttls', user: 'ats' },
  password: new Secret('mail-password'),
  from: 'ATS <ats@example.com>',
  certificateAuthority: server.certificate,
});
