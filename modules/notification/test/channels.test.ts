import { createHmac, generateKeyPairSync } from 'node:crypto';
import { type AtsError, makeAlert, Secret } from '@ats/domain';
import { openChannels } from '../src/adapters/channels/open-channels.ts';
import { type Briefing, briefingOf } from '../src/app/briefing.ts';
import { openWording } from '../src/app/wording.ts';
import type { NotificationSettings } from '../src/config.ts';
import { fold, type Message, openMessage } from '../src/domain/message.ts';
import { sampleDigest, UNTOLD } from './domain/sample-digest.ts';
import { type Answer, type HttpStandIn, startHttpStandIn } from './http-stand-in.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { emailChannel, WEBHOOK_SECRET, webhookChannel } from './stage.ts';

const NOW_US = 1_780_000_000_000_000;
const DESTINATION = { messageId: 'message-1', nowUs: NOW_US };
type Channels = NotificationSettings['channels'];
type Opened = Awaited<ReturnType<typeof openChannels>>;
/** Longer than a busy machine takes, and short where nobody is ever going to answer. */
const PATIENT_MS = 20_000;
const HASTY_MS = 1500;

const alert = makeAlert({
  ...{ key: 'venue.down:kraken', severity: 'emergency', area: 'trade' },
  summary: 'One leg of a trade is open & <unhedged>',
  action: 'It is being closed.',
  remedy: 'Watch it.',
  runbook: 'exposed',
  facts: { exposure: '1200 USDT' },
  raisedAtUs: NOW_US - 90_000_000,
});

const empty = (): Message =>
  openMessage({
    ...{ personId: 'ann', channel: 'any', group: 'now', nowUs: NOW_US, dueAtUs: NOW_US },
    firstDeliveryId: 'first',
  });

async function briefing(message: Message, locale: 'en' | 'ko' = 'en'): Promise<Briefing> {
  const wording = await openWording();
  return briefingOf(message, {
    ...{ words: wording(locale), locale, zone: 'Asia/Seoul', nowUs: NOW_US },
    ...{ dashboardUrl: 'https://ats.example/', runbookUrl: 'https://ats.example/runbooks/' },
  });
}

const ofAlert = (locale?: 'en' | 'ko') =>
  briefing(
    fold(empty(), { deliveryId: 'd', alert, ruleId: 'rule-1', state: 'raised:emergency' }),
    locale,
  );

describe('a channel', () => {
  let web: HttpStandIn;
  let mail: MailServer;
  let channels: Opened;
  let hasty: Opened;
  const privateKey = generateKeyPairSync('rsa', { modulusLength: 2048 })
    .privateKey.export({ type: 'pkcs8', format: 'pem' })
    .toString();

  beforeAll(async () => {
    [web, mail] = await Promise.all([startHttpStandIn({ secure: true }), startMailServer()]);
    const settings: Channels = {
      email: emailChannel(mail),
      webhook: webhookChannel,
      slackHook: { kind: 'slack', webhookUrl: new Secret(`${web.url}/hook`), apiUrl: web.url },
      slackBot: { kind: 'slack', token: new Secret('xoxb-test'), apiUrl: `${web.url}/api/` },
      push: {
        ...{ kind: 'push', projectId: 'ats', clientEmail: 'ats@ats.example' },
        privateKey: new Secret(privateKey),
        ...{ apiUrl: web.url, tokenUrl: `${web.url}/token` },
      },
    };
    const open = (timeoutMs: number) =>
      openChannels({ timeoutMs, channels: settings } as unknown as NotificationSettings);
    channels = await open(PATIENT_MS);
    hasty = await open(HASTY_MS);
  });
  afterAll(async () => {
    for (const channel of [...channels.values(), ...hasty.values()]) await channel.close();
    await Promise.all([web.close(), mail.close()]);
  });
  beforeEach(() => {
    mail.mood = 'takes';
    mail.mails.length = 0;
    web.received.length = 0;
    web.answer = ({ path }) =>
      path === '/token'
        ? { kind: 'ok', body: '{"access_token":"token-1","expires_in":3600,"token_type":"Bearer"}' }
        : { kind: 'ok' };
  });

  const send = async (
    name: string,
    what: Briefing,
    {
      address = 'ann@example.com',
      by = channels,
    }: { address?: string | undefined; by?: Opened } = {},
  ) => by.get(name)?.send(what, { ...DESTINATION, address });
  const failure = async (name: string, address?: string, by = channels): Promise<AtsError> => {
    try {
      await send(name, await ofAlert(), { address, by });
    } catch (error) {
      return error as AtsError;
    }
    throw new Error(`${name} took it`);
  };
  const body = (at = -1): Record<string, unknown> => JSON.parse(web.received.at(at)?.body ?? '{}');

  it('of mail sends HTML and text that belong to a Korean reader and their zone', async () => {
    await send('email', await ofAlert('ko'));
    const [one] = mail.mails;
    expect(one?.subject).toBe('[긴급] One leg of a trade is open & <unhedged>');
    expect(one?.html).toContain('lang="ko"');
    expect(one?.html).toContain('&amp; &lt;unhedged&gt;');
    expect(one?.html).toContain('GMT+9');
    expect(one?.text).toContain('해야 할 일: Watch it.');
    expect(one?.headers.get('auto-submitted')).toBe('auto-generated');
    expect(one?.messageId).toBe('<message-1@example.com>');
  });

  it('of mail sends the day of a digest as a picture of its own, in dense pixels', async () => {
    await send('email', await briefing({ ...empty(), digest: sampleDigest() }));
    const [one] = mail.mails;
    const [chart] = one?.attachments ?? [];
    expect(chart?.contentType).toBe('image/png');
    expect(String(chart?.cid)).toBe('chart@ats');
    // The first chunk of a PNG has its width and height.
    expect([chart?.content.readUInt32BE(16), chart?.content.readUInt32BE(20)]).toEqual([1072, 240]);
    expect(one?.html).toMatch(/<img src="[^"]+" alt="Profit of trades through the day: lowest/);
  });

  it('of mail says whether trying again helps', async () => {
    mail.mood = 'fails';
    expect(await failure('email')).toMatchObject({
      retry: 'safe',
      message: expect.stringContaining('451'),
    });
    mail.mood = 'refuses';
    expect(await failure('email')).toMatchObject({ retry: 'never' });
    mail.mood = 'hangs';
    expect(await failure('email', undefined, hasty)).toMatchObject({ retry: 'unknown' });
  });

  it('of webhooks signs the body with its time', async () => {
    await send('webhook', await ofAlert(), { address: `${web.url}/receiver` });
    const [one] = web.received;
    const [, seconds, v1] =
      /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(one?.headers['x-ats-signature'])) ?? [];
    expect(Number(seconds)).toBe(NOW_US / 1e6);
    const wanted = createHmac('sha256', WEBHOOK_SECRET).update(`${seconds}.${one?.body}`);
    expect(v1).toBe(wanted.digest('hex'));
    expect(one?.headers['x-ats-delivery']).toBe('message-1');
    expect(body()).toMatchObject({
      tone: 'emergency',
      alerts: [
        { key: 'venue.down:kraken', severity: 'emergency', facts: { exposure: '1200 USDT' } },
      ],
    });
    expect(await failure('webhook', 'file:///etc/passwd')).toMatchObject({ retry: 'never' });
  });

  it('of Slack posts blocks to a webhook', async () => {
    await send('slackHook', await ofAlert(), { address: '' });
    const { text, blocks } = body() as { text: string; blocks: { type: string }[] };
    expect(text).toBe('[Emergency] One leg of a trade is open & <unhedged>');
    expect(blocks.map(({ type }) => type)).toEqual([
      'header',
      'section',
      'section',
      'section',
      'context',
    ]);
    expect(JSON.stringify(blocks)).toContain('open &amp; &lt;unhedged&gt;');
    expect(JSON.stringify(blocks)).toContain('<https://ats.example/runbooks/exposed|Runbook>');
  });

  it('of Slack stays within the limits of blocks, however much is folded', async () => {
    let message = empty();
    for (let number = 0; number < 60; number += 1) {
      const one = { ...alert, alertId: `a${number}`, summary: '<>&'.repeat(260) };
      message = fold(message, {
        deliveryId: `d${number}`,
        alert: one,
        ruleId: '',
        state: 'raised',
      });
    }
    await send('slackHook', await briefing(message), { address: '' });
    const { blocks } = body() as { blocks: { text?: { text: string } }[] };
    expect(blocks.length).toBeLessThanOrEqual(50);
    for (const { text } of blocks) expect(text?.text.length ?? 0).toBeLessThanOrEqual(3000);
    expect(JSON.stringify(blocks)).toContain('40 more are on the dashboard');
  });

  it('of Slack tells a digest by figures, a line and tables', async () => {
    await send('slackHook', await briefing({ ...empty(), digest: sampleDigest() }), {
      address: '',
    });
    const { text, blocks } = body() as { text: string; blocks: { text?: { text: string } }[] };
    expect(text).toBe('ATS digest: +134.38 USDT, 64 trades, 1 alert open');
    const all = JSON.stringify(blocks);
    expect(all).toContain('*Nearest limit*\\n102%');
    expect(all).toMatch(/`\d\d:\d\d [▁▂▃▄▅▆▇█]{24} \d\d:\d\d`/);
    expect(all).toMatch(/Worst +BTC, kraken → upbit +\+18\.00 +-21\.75/);
    expect(all).toMatch(/venueExposure kraken +102% +61,000 USDT +60,000 USDT/);
    for (const block of blocks) expect(block.text?.text.length ?? 0).toBeLessThanOrEqual(3000);
  });

  it('of mail says in Korean what is not known of a day', async () => {
    const digest = sampleDigest({ standing: UNTOLD, trades: [], complete: false });
    await send('email', await briefing({ ...empty(), digest }, 'ko'));
    const [one] = mail.mails;
    expect(one?.subject).toBe('ATS 일일 요약: 거래 최소 0건, 미해결 알림 1건');
    expect(one?.attachments).toEqual([]);
    expect(one?.text).toContain('거래 로그를 끝까지 읽지 못해');
    expect(one?.text).toContain('최고 한도 사용률: –');
    expect(one?.text).toMatch(/당일 +≥ 0 +–/);
    expect(one?.text).toContain('확인할 수 없음: the risk manager has no answer for it.');
  });

  it('of Slack speaks as a bot to the channel that is the address', async () => {
    await send('slackBot', await ofAlert(), { address: 'C0123456789' });
    const [one] = web.received;
    expect(one?.path).toBe('/api/chat.postMessage');
    expect(one?.headers.authorization).toBe('Bearer xoxb-test');
    expect(new URLSearchParams(one?.body).get('channel')).toBe('C0123456789');
    web.answer = () => ({ kind: 'ok', body: '{"ok":false,"error":"channel_not_found"}' });
    expect(await failure('slackBot')).toMatchObject({ retry: 'never' });
    web.answer = () => ({ kind: 'ok', body: '{"ok":false,"error":"internal_error"}' });
    expect(await failure('slackBot')).toMatchObject({ retry: 'safe' });
  });

  it('of push asks Google for a token once and sends by FCM', async () => {
    await send('push', await ofAlert(), { address: 'device-1' });
    await send('push', await ofAlert(), { address: 'device-1' });
    expect(web.received.map(({ path }) => path)).toEqual([
      '/token',
      '/v1/projects/ats/messages:send',
      '/v1/projects/ats/messages:send',
    ]);
    expect(web.received[1]?.headers.authorization).toBe('Bearer token-1');
    expect(body()).toMatchObject({
      message: {
        token: 'device-1',
        notification: { title: '[Emergency] One leg of a trade is open & <unhedged>' },
        android: { priority: 'HIGH', notification: { tag: 'message-1' } },
      },
    });
  });

  const cases: [string, Answer, object][] = [
    ['500', { kind: 'status', status: 500 }, { retry: 'safe' }],
    ['404', { kind: 'status', status: 404 }, { retry: 'never' }],
    ['a reset', { kind: 'reset' }, { retry: 'unknown' }],
    ['silence', { kind: 'hang' }, { retry: 'unknown' }],
    ['429', { kind: 'status', status: 429, retryAfter: '7' }, { retry: 'safe' }],
  ];
  describe.each(['webhook', 'slackHook', 'slackBot', 'push'])('%s', (name) => {
    it.each(cases)('makes of %s what it means', async (what, answer, wanted) => {
      const before = web.answer;
      web.answer = (request, count) =>
        request.path === '/token' ? before(request, count) : answer;
      const address = name === 'webhook' ? `${web.url}/receiver` : 'C01';
      const error = await failure(name, address, answer.kind === 'hang' ? hasty : channels);
      expect(error).toMatchObject({ code: 'NOTIFICATION_CHANNEL_FAILED', ...wanted });
      if (what === '429') expect(error.context).toEqual({ retryAfterMs: 7000 });
      const told = `${error.message} ${JSON.stringify(error.context)}`;
      for (const secret of ['/hook', 'xoxb', WEBHOOK_SECRET, 'token-1']) {
        expect(told).not.toContain(secret);
      }
    });
  });
});
