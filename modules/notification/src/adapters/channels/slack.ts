import {
  type KnownBlock,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebClient,
} from '@slack/web-api';
import { IncomingWebhook, IncomingWebhookHTTPError } from '@slack/webhook';
import { type Channel, channelFailed } from '../../app/channel.ts';
import type { SlackConfig } from '../../config.ts';
import { noAnswer, refusedBy } from './http-failure.ts';
import { slackBlocks } from './slack-blocks.ts';

/** Answers of Slack's API that pass by themselves, or once a token is mended. */
const PASSING = new Set([
  'invalid_auth',
  'token_revoked',
  'token_expired',
  'account_inactive',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'ratelimited',
  'request_timeout',
]);

/** Slack, by an incoming webhook (one conversation) or by a bot (the address is where to). */
export function openSlack(config: SlackConfig, options: { readonly timeoutMs: number }): Channel {
  const post =
    config.webhookUrl === undefined ? byBot(config, options) : byWebhook(config, options);
  return {
    kind: 'slack',
    async send(briefing, { address, messageId, nowUs }) {
      const text = briefing.title;
      try {
        await post({ address, text, blocks: slackBlocks(briefing), messageId });
      } catch (error) {
        throw failureOf(error, nowUs);
      }
    },
    close: async () => {},
  };
}

interface Post {
  readonly address: string;
  /** What notifications and screen readers say. */
  readonly text: string;
  readonly blocks: KnownBlock[];
  readonly messageId: string;
}

const metadataOf = (messageId: string) => ({
  event_type: 'ats_notification',
  event_payload: { message_id: messageId },
});

function byWebhook(config: SlackConfig, { timeoutMs }: { readonly timeoutMs: number }) {
  const hook = new IncomingWebhook(config.webhookUrl?.reveal() ?? '', { timeout: timeoutMs });
  return async ({ text, blocks }: Post): Promise<void> => {
    await hook.send({ text, blocks });
  };
}

function byBot(config: SlackConfig, { timeoutMs }: { readonly timeoutMs: number }) {
  const client = new WebClient(config.token?.reveal() ?? '', {
    slackApiUrl: config.apiUrl,
    timeout: timeoutMs,
    // Tries are counted, spread and remembered by whoever calls.
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT,
  });
  return async ({ address: channel, text, blocks, messageId }: Post): Promise<void> => {
    const metadata = metadataOf(messageId);
    await client.chat.postMessage({ channel, text, blocks, metadata, unfurl_links: false });
  };
}

function failureOf(error: unknown, nowUs: number): Error {
  const who = 'Slack';
  if (error instanceof WebAPIRateLimitedError) {
    const retryAfter = String(error.retryAfter);
    return refusedBy({ who, status: 429, said: 'rate limited', retryAfter, nowUs });
  }
  if (error instanceof WebAPIPlatformError) {
    const { error: said } = error.data;
    const retry = PASSING.has(said) ? 'safe' : 'never';
    return channelFailed({ what: `Slack answered ${said}`, retry, cause: error });
  }
  if (error instanceof IncomingWebhookHTTPError || error instanceof WebAPIHTTPError) {
    const { statusCode: status, body } = error;
    const retryAfter = error instanceof WebAPIHTTPError ? headerOf(error) : null;
    return refusedBy({ who, status, said: String(body ?? ''), retryAfter, nowUs });
  }
  return noAnswer(who, error);
}

const headerOf = ({ headers }: WebAPIHTTPError): string | null => headers['retry-after'] ?? null;

/** Its own log would go to the console, beside ours. */
const SILENT = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  setLevel() {},
  setName() {},
  getLevel: () => 'error' as never,
};
