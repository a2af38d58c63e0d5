import { createHmac } from 'node:crypto';
import type { Briefing } from '../../app/briefing.ts';
import { type Channel, channelFailed } from '../../app/channel.ts';
import type { WebhookConfig } from '../../config.ts';
import { postJson } from './post-json.ts';

/**
 * Posts alerts as JSON to the URL that is the person's address. `X-ATS-Signature` is
 * `t=<seconds since the epoch>,v1=<hex of HMAC-SHA256 over "<t>.<body>">`; `X-ATS-Delivery` is the
 * message's id, the same with every try.
 */
export function openWebhook(
  { secret }: WebhookConfig,
  { timeoutMs }: { readonly timeoutMs: number },
): Channel {
  return {
    kind: 'webhook',
    async send(briefing, { address, messageId, nowUs }) {
      if (!/^https?:\/\//.test(address) || !URL.canParse(address)) {
        throw channelFailed({ what: 'the address is no http or https URL', retry: 'never' });
      }
      const body = bodyOf(briefing, messageId);
      const seconds = Math.floor(nowUs / 1e6);
      const signature = createHmac('sha256', secret.reveal())
        .update(`${seconds}.${body}`)
        .digest('hex');
      const headers = {
        'x-ats-signature': `t=${seconds},v1=${signature}`,
        'x-ats-delivery': messageId,
      };
      await postJson({ who: 'the webhook', url: address, headers, body, timeoutMs, nowUs });
    },
    close: async () => {},
  };
}

function bodyOf(briefing: Briefing, messageId: string): string {
  const { title, intro, tone, items, rest, highlights, tables, dashboardUrl } = briefing;
  const alerts = items.map(({ alert, state, headline, dashboardUrl: link, runbookUrl }) => {
    const { alertId, key, severity, area, summary, action, remedy, facts, ...more } = alert;
    const { venue = '', instrument = '', raisedAtUs, resolvedAtUs = 0, correlationId } = more;
    return {
      ...{ alertId, key, state, severity, area, headline, summary, action, remedy, facts, venue },
      ...{ instrument, raisedAtUs, resolvedAtUs, correlationId, dashboardUrl: link, runbookUrl },
    };
  });
  const digest = { highlights, tables };
  return JSON.stringify({ messageId, tone, title, intro, alerts, rest, ...digest, dashboardUrl });
}
