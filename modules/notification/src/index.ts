export type { Briefing, BriefingItem, BriefingRow } from './app/briefing.ts';
export {
  type Channel,
  type ChannelFactory,
  type ChannelOptions,
  channelFailed,
  type Destination,
} from './app/channel.ts';
export { type NotificationConfig, notificationConfigSchema } from './config.ts';
export { type NotificationPorts, notification, type RunningNotification } from './service.ts';
