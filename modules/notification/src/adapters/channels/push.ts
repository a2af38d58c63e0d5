import { JWT } from 'google-auth-library';
import type { Briefing } from '../../app/briefing.ts';
import { type Channel, channelFailed } from '../../app/channel.ts';
import type { PushConfig } from '../../config.ts';
import { noAnswer, refusedBy } from './http-failure.ts';
import { postJson } from './post-json.ts';

const SCOPE = 'https://www.googleapis.com/auth/firebase.messaging';
const GOOGLE_TOKEN_URL = 'https://oauth2.googleapis.com/token';
const BODY_MAX = 1000;

/**
 * Push by FCM's HTTP v1 protocol; the address is the device's registration token.
 * @see https://firebase.google.com/docs/reference/fcm/rest/v1/projects.messages
 */
export function openPush(config: PushConfig, options: { readonly timeoutMs: number }): Channel {
  const { timeoutMs } = options;
  const client = new JWT({
    email: config.clientEmail,
    key: config.privateKey.reveal(),
    scopes: [SCOPE],
    transporterOptions: {
      timeout: timeoutMs,
      retry: false,
      // The library knows one place for tokens; another stands in where one is configured.
      fetchImplementation: (input: string | URL | Request, init?: RequestInit) =>
        fetch(String(input) === GOOGLE_TOKEN_URL ? config.tokenUrl : input, init),
    },
  });
  const url = new URL(`/v1/projects/${config.projectId}/messages:send`, config.apiUrl).href;
  return {
    kind: 'push',
    async send(briefing, { address, messageId, nowUs }) {
      const token = await tokenOf(client, nowUs);
      const headers = { authorization: `Bearer ${token}` };
      const body = JSON.stringify({ message: messageTo(address, briefing, messageId) });
      await postJson({ who: 'FCM', url, headers, body, timeoutMs, nowUs });
    },
    close: async () => {},
  };
}

async function tokenOf(client: JWT, nowUs: number): Promise<string> {
  try {
    const { token } = await client.getAccessToken();
    if (typeof token === 'string') return token;
  } catch (error) {
    const status: unknown = Reflect.get(Object(error), 'status');
    const who = "Google's token service";
    if (typeof status !== 'number') throw noAnswer(who, error);
    throw refusedBy({ who, status, said: 'no access token', retryAfter: null, nowUs });
  }
  throw channelFailed({ what: 'Google gave no access token', retry: 'safe' });
}

/** A try that comes twice replaces itself on the device: the tag is the message's id. */
function messageTo(token: string, briefing: Briefing, messageId: string) {
  const { title, intro, items, highlights, tone, dashboardUrl } = briefing;
  const [first] = items;
  const figures = highlights.length > 0 ? told(highlights) : [intro];
  const lines = items.length === 1 && first !== undefined ? told(first.rows) : figures;
  const urgent = tone === 'emergency' || tone === 'critical';
  const link = (items.length === 1 ? first?.dashboardUrl : undefined) ?? dashboardUrl;
  return {
    token,
    notification: { title: title.slice(0, 200), body: lines.join('\n').slice(0, BODY_MAX) },
    data: { messageId, tone, link },
    android: { priority: urgent ? 'HIGH' : 'NORMAL', notification: { tag: messageId } },
    apns: {
      headers: { 'apns-priority': urgent ? '10' : '5', 'apns-collapse-id': messageId },
      payload: { aps: { 'interruption-level': urgent ? 'time-sensitive' : 'active' } },
    },
    webpush: { headers: { Urgency: urgent ? 'high' : 'normal' }, notification: { tag: messageId } },
  };
}

const told = (rows: readonly { readonly label: string; readonly value: string }[]): string[] =>
  rows.slice(0, 4).map(({ label, value }) => `${label}: ${value}`);
