import { type Briefing, type ChannelFactory, channelFailed } from '@ats/notification';

/** ntfy's priorities, from 1 to 5, by how a message sounds; of anything else 3. */
const PRIORITIES: Readonly<Record<string, number>> = { emergency: 5, critical: 4, warning: 3 };

/**
 * Posts messages to ntfy (https://docs.ntfy.sh/publish/#publish-as-json), which shows them on a
 * phone. A person's address is the topic. Settings: `url`, the server; a secret is an access token.
 */
export const channel: ChannelFactory = {
  open({ settings, secret, timeoutMs }) {
    const { url } = settings;
    if (typeof url !== 'string' || !URL.canParse(url)) {
      throw new Error('settings.url must be the address of an ntfy server');
    }
    const token = secret?.reveal();
    return {
      async send(briefing, { address, messageId }) {
        const response = await fetch(url, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            // The same with every try: whoever looks can tell a repeat.
            'x-ats-delivery': messageId,
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          body: JSON.stringify({ topic: address, ...noteOf(briefing) }),
          signal: AbortSignal.timeout(timeoutMs),
        });
        await response.body?.cancel();
        if (response.ok) return;
        // What the server will refuse again is not tried again; the rest of what is thrown is.
        const again = response.status === 429 || response.status >= 500;
        throw channelFailed({
          what: `ntfy answered ${response.status}`,
          retry: again ? 'safe' : 'never',
        });
      },
      async close() {
        // Nothing is kept open.
      },
    };
  },
};

function noteOf({ title, tone, intro, items, rest, dashboardUrl }: Briefing) {
  const lines = items.flatMap(({ headline, rows }) => [
    headline,
    ...rows.map(({ label, value }) => `${label}: ${value}`),
  ]);
  const message = [intro, ...lines, rest].filter((line) => line !== '').join('\n');
  return { title, message, priority: PRIORITIES[tone] ?? 3, click: dashboardUrl };
}
