import { NOTIFICATION_SERVICE } from '@ats/contracts';
import type { RunningService, ServiceContext, ServiceModule } from '@ats/runtime';
import type { DurablePorts, EventLog, Ports, StateStore } from '@ats/storage';
import { openAlertmanagerServer } from './adapters/alertmanager/alertmanager-server.ts';
import { openChannels } from './adapters/channels/open-channels.ts';
import { openStanding } from './adapters/standing-rpc.ts';
import { AlertIntake } from './app/alert-intake.ts';
import { Bell } from './app/bell.ts';
import { ChannelDesk } from './app/channel-desk.ts';
import { DigestDesk } from './app/digest-desk.ts';
import { Directory } from './app/directory.ts';
import { Dispatcher } from './app/dispatcher.ts';
import { notificationMetrics } from './app/metrics.ts';
import { notificationHandlers } from './app/notification-handlers.ts';
import { NotificationState } from './app/notification-state.ts';
import { SentTimes } from './app/sent-times.ts';
import { TickRecorder } from './app/tick-recorder.ts';
import { Ticker } from './app/ticker.ts';
import { TradeKeeper } from './app/trade-keeper.ts';
import { Watch } from './app/watch.ts';
import { openWording } from './app/wording.ts';
import { type NotificationConfig, notificationConfigSchema } from './config.ts';

/** How often ended messages are copied into the tick store. */
const RECORD_MS = 1000;

export type NotificationPorts = Pick<DurablePorts, 'eventLog' | 'stateStore'> &
  Pick<Ports, 'tickStore'>;

export interface RunningNotification extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
  /** Where Alertmanager posts to; undefined where it may not. */
  readonly alertmanagerUrl: string | undefined;
}

/** Tells people of alerts: who, on which channel, how soon, and whether it arrived. */
export const notification: ServiceModule<
  NotificationConfig,
  NotificationPorts,
  RunningNotification
> = {
  name: 'notification',
  configSchema: notificationConfigSchema,
  start,
};

async function start(
  context: ServiceContext<NotificationConfig, NotificationPorts>,
): Promise<RunningNotification> {
  const { clock, timers, logger, rpc, ports } = context;
  const settings = context.config.notification;
  // Everybody who is given them looks them up when they are needed.
  context.onReload?.(({ notification: changed }) => void Object.assign(settings, changed));
  const [log, store] = await Promise.all([ports.eventLog(), ports.stateStore()]);
  const metrics = notificationMetrics(context.metrics);
  const state = new NotificationState({ store, logger });
  const bell = new Bell({ store, clock, logger });
  const sent = new SentTimes(settings.flood.windowMs * 1000);
  const wording = await openWording();
  const opened = await openChannels(settings);
  const channels = new ChannelDesk({ channels: opened, wording, settings, clock, metrics });
  const shared = {
    ...{ state, settings, sent, store, log, clock, logger, metrics },
    ringUs: () => bell.ringUs(),
    onRung: (personIds: ReadonlySet<string>) => bell.rung(personIds),
  };
  const intake = new AlertIntake(shared);
  const watch = new Watch(shared);
  const random = context.random.stream('notification');
  const dispatcher = new Dispatcher({ ...shared, channels, random, timers });
  const ticker = new Ticker({ ...{ timers, logger }, periodMs: settings.tickMs });
  const paper = openPaperwork(context, { state, log, store });
  const directory = new Directory({ state, clock, channels: channels.names });
  await state.load();
  await dispatcher.start();
  context.metrics.beforeCollect(() => {
    collect({ state, channels, metrics });
    for (const [what, trouble] of paper.troubles()) {
      metrics.behind.set({ what }, trouble === undefined ? 0 : 1);
    }
  });
  const serving = await rpc.serve(
    NOTIFICATION_SERVICE,
    notificationHandlers({
      ...{ state, store, directory, intake, watch, bell, channels, clock },
      ticks: () => ports.tickStore(),
    }),
  );
  await intake.start();
  const parts = { settings: settings.alertmanager, log, logger, metrics: context.metrics };
  const taking = await openAlertmanagerServer(parts);
  await paper.start();
  ticker.start([() => watch.tick(), () => dispatcher.tick()]);
  const told = { address: serving.address, channels: channels.names, people: state.people.size };
  logger.info('notification.serving', 'alerts are told', told);
  return {
    address: serving.address,
    alertmanagerUrl: taking?.url,
    readiness() {
      const reasons = troubles({ stores: [log, store], intake, ticker });
      return { ready: reasons.length === 0, reasons };
    },
    async drain() {
      serving.setServing(false);
      await serving.stop();
      await taking?.close();
      await intake.close();
      await ticker.stop();
      await dispatcher.drain();
      await paper.close();
      await channels.close();
    },
  };
}

function troubles(parts: {
  readonly stores: readonly Pick<StateStore, 'health'>[];
  readonly intake: Pick<AlertIntake, 'trouble'>;
  readonly ticker: Pick<Ticker, 'trouble'>;
}): string[] {
  const { stores, intake, ticker } = parts;
  const reasons = stores.map((one) => one.health()).flatMap(({ ok, reason }) => (ok ? [] : reason));
  if (intake.trouble !== undefined) reasons.push(`alerts are not taken in: ${intake.trouble}`);
  if (ticker.trouble !== undefined) reasons.push(`nothing is sent: ${ticker.trouble}`);
  return reasons;
}

/** Digests, and the copies of what happened: work that nobody's alert waits for. */
function openPaperwork(
  context: ServiceContext<NotificationConfig, NotificationPorts>,
  {
    state,
    log,
    store,
  }: { readonly state: NotificationState; readonly log: EventLog; readonly store: StateStore },
) {
  const { clock, timers, logger, ports, rpc, config } = context;
  const recorder = new TickRecorder({ log, store, ticks: () => ports.tickStore() });
  const trades = new TradeKeeper({ log, store, clock, timers, logger });
  const digests = new DigestDesk({ state, store, clock, trades, standing: openStanding(rpc) });
  const tickers = {
    digests: new Ticker({ ...{ timers, logger }, periodMs: config.notification.tickMs }),
    messages: new Ticker({ ...{ timers, logger }, periodMs: RECORD_MS }),
  };
  return {
    async start() {
      await recorder.start();
      await trades.start();
      tickers.digests.start([() => digests.tick()]);
      tickers.messages.start([() => recorder.recordMessages()]);
    },
    troubles: () =>
      [
        ['trades', trades.trouble],
        ['alerts', recorder.trouble],
        ['digests', tickers.digests.trouble],
        ['messages', tickers.messages.trouble],
      ] as const,
    async close() {
      await Promise.all([tickers.digests.stop(), tickers.messages.stop()]);
      await Promise.all([recorder.close(), trades.close()]);
    },
  };
}

function collect(parts: {
  readonly state: NotificationState;
  readonly channels: ChannelDesk;
  readonly metrics: ReturnType<typeof notificationMetrics>;
}): void {
  const { state, channels, metrics } = parts;
  const waiting = new Map(channels.names.map((name) => [name, 0]));
  for (const { channel } of state.pending.values()) {
    const count = waiting.get(channel);
    if (count !== undefined) waiting.set(channel, count + 1);
  }
  for (const [channel, count] of waiting) metrics.pending.set({ channel }, count);
  const open = [...state.conditions.values()].filter(
    ({ alert }) => alert.resolvedAtUs === undefined,
  );
  metrics.openConditions.set({}, open.length);
}
