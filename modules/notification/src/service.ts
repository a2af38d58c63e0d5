import { NOTIFICATION_SERVICE } from '@ats/contracts';
import type { RunningService, ServiceContext, ServiceModule } from '@ats/runtime';
import type { DurablePorts } from '@ats/storage';
import { openChannels } from './adapters/channels/open-channels.ts';
import { AlertIntake } from './app/alert-intake.ts';
import { Bell } from './app/bell.ts';
import { ChannelDesk } from './app/channel-desk.ts';
import { Directory } from './app/directory.ts';
import { Dispatcher } from './app/dispatcher.ts';
import { notificationMetrics } from './app/metrics.ts';
import { notificationHandlers } from './app/notification-handlers.ts';
import { NotificationState } from './app/notification-state.ts';
import { SentTimes } from './app/sent-times.ts';
import { Ticker } from './app/ticker.ts';
import { Watch } from './app/watch.ts';
import { openWording } from './app/wording.ts';
import { type NotificationConfig, notificationConfigSchema } from './config.ts';

export type NotificationPorts = Pick<DurablePorts, 'eventLog' | 'stateStore'>;

export interface RunningNotification extends RunningService {
  /** `host:port` of the gRPC server; empty when only this process calls. */
  readonly address: string;
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
  const [log, store] = await Promise.all([ports.eventLog(), ports.stateStore()]);
  const metrics = notificationMetrics(context.metrics);
  const state = new NotificationState({ store, logger });
  const bell = new Bell({ store, clock, logger });
  const sent = new SentTimes(settings.flood.windowMs * 1000);
  const wording = await openWording();
  const opened = openChannels(settings);
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
  const directory = new Directory({ state, clock, channels: channels.names });
  await state.load();
  await dispatcher.start();
  context.metrics.beforeCollect(() => collect({ state, channels, metrics }));
  const serving = await rpc.serve(
    NOTIFICATION_SERVICE,
    notificationHandlers({ state, store, directory, intake, watch, bell, channels, clock }),
  );
  await intake.start();
  ticker.start([() => watch.tick(), () => dispatcher.tick()]);
  const told = { address: serving.address, channels: channels.names, people: state.people.size };
  logger.info('notification.serving', 'alerts are told', told);
  return {
    address: serving.address,
    readiness() {
      const reasons = [log.health(), store.health()].flatMap(({ ok, reason }) =>
        ok ? [] : reason,
      );
      if (intake.trouble !== undefined) reasons.push(`alerts are not taken in: ${intake.trouble}`);
      if (ticker.trouble !== undefined) reasons.push(`nothing is sent: ${ticker.trouble}`);
      return { ready: reasons.length === 0, reasons };
    },
    async drain() {
      serving.setServing(false);
      await serving.stop();
      await intake.close();
      await ticker.stop();
      await dispatcher.drain();
      await channels.close();
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
