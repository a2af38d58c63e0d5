import { AtsError } from '@ats/domain';
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
        await post({ address, text, blocks: slackBlocks(briefing), messageId, nowUs });
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
  readonly nowUs: number;
}

const metadataOf = (messageId: string) => ({
  event_type: 'ats_notification',
  event_payload: { message_id: messageId },
});

function byWebhook(config: SlackConfig, { timeoutMs }: { readonly timeoutMs: number }) {
  const url = config.webhookUrl?.reveal() ?? '';
  return async ({ text, blocks, nowUs }: Post): Promise<void> => {
    let busy: Error | undefined;
    const hook = new IncomingWebhook(url, {
      timeout: timeoutMs,
      // The library does not tell how long Slack asks to wait.
      async fetch(to, init) {
        const response = await fetch(to, init as RequestInit);
        const retryAfter = response.headers.get('retry-after');
        const { status } = response;
        if (status === 429) {
          busy = refusedBy({ who: 'Slack', status, said: 'rate limited', retryAfter, nowUs });
        }
        return response;
      },
    });
    try {
      await hook.send({ text, blocks });
    } catch (error) {
      throw busy ?? error;
    }
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
  if (error instanceof AtsError) return error;
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
