import { until } from '@ats/testkit';
import { type HttpStandIn, startHttpStandIn } from './http-stand-in.ts';
import { alertOf, CALL, PERSON, RULE, Stage, WAIT, webhookChannel } from './stage.ts';

const HISTORY = { outcome: 'MESSAGE_OUTCOME_UNSPECIFIED', personId: '', limit: 0 } as const;

describe('a delivery', () => {
  let stage: Stage;
  let web: HttpStandIn;
  beforeEach(async () => {
    [stage, web] = await Promise.all([Stage.open(), startHttpStandIn()]);
  });
  afterEach(async () => {
    await stage.close();
    await web.close();
  });

  async function begin(...set: readonly string[]) {
    const client = await stage.start({ hook: webhookChannel, other: webhookChannel }, { set });
    const addresses = { hook: `${web.url}/hook`, other: `${web.url}/other` };
    await client.PutPerson({ person: { ...PERSON, addresses } }, CALL);
    await client.PutRule({ rule: { ...RULE, channel: 'hook' } }, CALL);
    return client;
  }

  it('is tried again with the same id until the channel takes it', async () => {
    const client = await begin();
    web.answer = (_request, count) =>
      count < 3 ? { kind: 'status', status: 503 } : { kind: 'ok' };
    await stage.raise(alertOf(1));
    await until(async () => (await client.ListMessages(HISTORY, CALL)).messages.length === 1, WAIT);
    const { messages } = await client.ListMessages(HISTORY, CALL);
    expect(messages[0]).toMatchObject({ outcome: 'MESSAGE_OUTCOME_DELIVERED', attempts: 4 });
    expect(new Set(web.received.map(({ headers }) => headers['x-ats-delivery'])).size).toBe(1);
    const { channels, alerts } = await client.GetStatistics({ fromUs: 0 }, CALL);
    const hook = channels.find(({ channel }) => channel === 'hook');
    expect(hook).toMatchObject({ delivered: 1, dead: 0, failedTries: 3, pending: 0 });
    expect(alerts).toBe(1);
  });

  it('that is refused is a dead letter, which can be tried again', async () => {
    const client = await begin();
    web.answer = () => ({ kind: 'status', status: 410 });
    await stage.raise(alertOf(1));
    const dead = { ...HISTORY, outcome: 'MESSAGE_OUTCOME_DEAD' } as const;
    const list = async () => (await client.ListMessages(dead, CALL)).messages;
    await until(async () => (await list()).length === 1, WAIT);
    const [letter] = await list();
    expect(letter).toMatchObject({ attempts: 1, error: expect.stringContaining('410') });
    web.answer = () => ({ kind: 'ok' });
    await client.RetryMessage({ messageId: letter?.messageId ?? '' }, CALL);
    await until(() => web.taken.length === 1, WAIT);
    expect(await list()).toEqual([]);
    const again = client.RetryMessage({ messageId: letter?.messageId ?? '' }, CALL);
    await expect(again).rejects.toMatchObject({ code: 'NOTIFICATION_UNKNOWN' });
  });

  it('is given up after as many tries as are configured', async () => {
    const client = await begin('notification.retry.attemptsMax=3');
    web.answer = () => ({ kind: 'status', status: 500 });
    await stage.raise(alertOf(1));
    const dead = { ...HISTORY, outcome: 'MESSAGE_OUTCOME_DEAD' } as const;
    await until(async () => (await client.ListMessages(dead, CALL)).messages.length === 1, WAIT);
    expect(web.received).toHaveLength(3);
  });

  it('waits as long as the other side asks', async () => {
    const client = await begin();
    web.answer = () => ({ kind: 'status', status: 429, retryAfter: '3600' });
    await stage.raise(alertOf(1));
    const pending = { ...HISTORY, outcome: 'MESSAGE_OUTCOME_PENDING' } as const;
    const [waiting] = await until(async () => {
      const { messages } = await client.ListMessages(pending, CALL);
      return messages.some(({ error }) => error !== '') ? messages : undefined;
    }, WAIT);
    expect((waiting?.dueAtUs ?? 0) - (waiting?.openedAtUs ?? 0)).toBeGreaterThan(3_000_000_000);
  });

  it('leaves a channel alone that keeps failing, while another goes on', async () => {
    const client = await begin(
      'notification.breaker.callsMin=2',
      'notification.breaker.openMs=600000',
    );
    await client.PutRule({ rule: { ...RULE, channel: 'other' } }, CALL);
    web.answer = ({ path }) =>
      path === '/hook' ? { kind: 'status', status: 500 } : { kind: 'ok' };
    await stage.raise(alertOf(1));
    const open = async () => {
      const { channels } = await client.GetStatistics({ fromUs: 0 }, CALL);
      return channels.find(({ channel }) => channel === 'hook')?.breakerOpen;
    };
    await until(open, WAIT);
    const tries = web.received.filter(({ path }) => path === '/hook').length;
    await stage.raise(alertOf(2));
    await until(() => web.taken.length === 2, WAIT);
    expect(web.received.filter(({ path }) => path === '/hook')).toHaveLength(tries);
  });

  it('does not hold up a stop while a channel hangs, and comes after the next start', async () => {
    await begin('notification.timeoutMs=600000');
    web.answer = () => ({ kind: 'hang' });
    await stage.raise(alertOf(1));
    await until(() => web.received.length === 1, WAIT);
    await stage.stop();
    web.answer = () => ({ kind: 'ok' });
    await stage.start({ hook: webhookChannel });
    await until(() => web.taken.length === 1, WAIT);
    const ids = new Set(web.received.map(({ headers }) => headers['x-ats-delivery']));
    expect(ids.size).toBe(1);
  });

  it('gathers what happens while a channel is down in one message', async () => {
    await begin();
    web.answer = () => ({ kind: 'status', status: 500 });
    await stage.raise(alertOf(0));
    await until(() => web.received.length > 0, WAIT);
    for (let number = 1; number <= 30; number += 1) await stage.raise(alertOf(number));
    await until(() => stage.running?.readiness().ready, WAIT);
    const counted = async () =>
      (await stage.log.lag({ group: 'notification', topics: ['alerts'] }))[0]?.lag;
    await until(async () => (await counted()) === 0, WAIT);
    web.answer = () => ({ kind: 'ok' });
    await until(() => web.taken.length === 2, WAIT);
    expect(JSON.parse(web.taken[1]?.body ?? '{}')).toMatchObject({
      title: '[Critical] 30 alerts',
      rest: '10 more are on the dashboard.',
    });
  });

  it('reaches a bell that is followed, from where it was left', async () => {
    const client = await begin();
    await stage.raise(alertOf(1), alertOf(2));
    const list = () => client.ListBell({ personId: 'ann', limit: 0 }, CALL);
    await until(async () => (await list()).entries.length === 2, WAIT);
    const [, first] = (await list()).entries;
    const seen: string[] = [];
    const follow = stage.follow({ personId: 'ann', after: first?.position ?? '' }, (key) => {
      seen.push(key);
    });
    await until(() => seen.length === 1, WAIT);
    await stage.raise(alertOf(3));
    await until(() => seen.length === 2, WAIT);
    expect(seen).toEqual(['venue.down:2', 'venue.down:3']);
    follow.close();
  });
});
