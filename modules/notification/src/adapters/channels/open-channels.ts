import type { Channel } from '../../app/channel.ts';
import type { ChannelConfig, NotificationSettings } from '../../config.ts';
import { openEmail } from './email.ts';
import { openPush } from './push.ts';
import { openSlack } from './slack.ts';
import { openWebhook } from './webhook.ts';

/** Every channel of the configuration, by name. Nothing is connected yet. */
export function openChannels(settings: NotificationSettings): ReadonlyMap<string, Channel> {
  const { timeoutMs } = settings;
  return new Map(
    Object.entries(settings.channels).map(([name, config]) => [name, open(config, { timeoutMs })]),
  );
}

function open(config: ChannelConfig, options: { readonly timeoutMs: number }): Channel {
  switch (config.kind) {
    case 'email':
      return openEmail(config, options);
    case 'slack':
      return openSlack(config, options);
    case 'push':
      return openPush(config, options);
    case 'webhook':
      return openWebhook(config, options);
  }
}
