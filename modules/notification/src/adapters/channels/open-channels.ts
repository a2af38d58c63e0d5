import type { Channel } from '../../app/channel.ts';
import type { ChannelConfig, NotificationSettings } from '../../config.ts';
import { openEmail } from './email.ts';
import { openPush } from './push.ts';
import { openSlack } from './slack.ts';
import { openUserChannel } from './user-channel.ts';
import { openWebhook } from './webhook.ts';

/** Every channel of the configuration, by name; none is connected yet. @throws ADAPTER_INVALID */
export async function openChannels(
  settings: NotificationSettings,
): Promise<ReadonlyMap<string, Channel>> {
  const { timeoutMs } = settings;
  const opened = Object.entries(settings.channels).map(
    async ([name, config]) => [name, await open(config, { name, timeoutMs })] as const,
  );
  return new Map(await Promise.all(opened));
}

function open(
  config: ChannelConfig,
  options: { readonly name: string; readonly timeoutMs: number },
): Channel | Promise<Channel> {
  switch (config.kind) {
    case 'email':
      return openEmail(config, options);
    case 'slack':
      return openSlack(config, options);
    case 'push':
      return openPush(config, options);
    case 'webhook':
      return openWebhook(config, options);
    case 'file':
      return openUserChannel(config, options);
  }
}
