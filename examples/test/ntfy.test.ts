import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { Secret } from '@ats/domain';
import type { Briefing } from '@ats/notification';
import { channel } from '../channels/ntfy.ts';

const TO = { address: 'desk', messageId: 'message-1', nowUs: 1_780_000_000_000_000 };
const BRIEFING = {
  ...{ messageId: 'message-1', locale: 'en', tone: 'critical', title: 'kraken is closed' },
  ...{ intro: '', rest: '', tables: [], highlights: [], chart: undefined },
  items: [{ headline: 'kraken is closed', rows: [{ label: 'To do', value: 'look there' }] }],
  dashboardUrl: 'https://ats.example/',
} as unknown as Briefing;

describe('the channel for ntfy', () => {
  let server: Server;
  let status = 200;
  const received: { headers: Record<string, unknown>; body: unknown }[] = [];
  const open = async () => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return channel.open({ settings: { url }, secret: new Secret('token-1'), timeoutMs: 20_000 });
  };

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      received.push({ headers: request.headers, body: await json(request) });
      response.writeHead(status).end('{}');
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  });
  afterAll(() => server.close());

  it('posts topic, words, priority and a link, with the token', async () => {
    status = 200;
    await (await open()).send(BRIEFING, TO);
    expect(received.at(-1)).toMatchObject({
      headers: { authorization: 'Bearer token-1', 'x-ats-delivery': 'message-1' },
      body: {
        ...{ topic: 'desk', title: 'kraken is closed', priority: 4 },
        ...{ message: 'kraken is closed\nTo do: look there', click: 'https://ats.example/' },
      },
    });
  });

  it.each([
    [503, 'safe'],
    [429, 'safe'],
    [403, 'never'],
  ])('says of the answer %s that trying again is %s', async (answer, retry) => {
    status = answer;
    await expect((await open()).send(BRIEFING, TO)).rejects.toMatchObject({
      ...{ code: 'NOTIFICATION_CHANNEL_FAILED', retry },
    });
  });

  it('refuses to open without a server', () => {
    expect(() => channel.open({ settings: {}, secret: undefined, timeoutMs: 1000 })).toThrow(
      'settings.url',
    );
  });
});
