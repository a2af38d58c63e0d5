export { type NotificationConfig, notificationConfigSchema } from './config.ts';
export { type NotificationPorts, notification, type RunningNotification } from './service.ts';
