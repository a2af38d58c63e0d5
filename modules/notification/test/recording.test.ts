import { AtsError } from '@ats/domain';
import type { Tick, TickStore } from '@ats/storage';
import { until } from '@ats/testkit';
import { type HttpStandIn, startHttpStandIn } from './http-stand-in.ts';
import { alertOf, CALL, PERSON, RULE, Stage, WAIT, webhookChannel } from './stage.ts';

const ALL = {
  ...{ fromUs: 1, toUs: 0, personId: '', channel: '', alertKey: '', limit: 0 },
  outcome: 'MESSAGE_OUTCOME_UNSPECIFIED' as const,
};

describe('the history in the tick store', () => {
  let stage: Stage;
  let web: HttpStandIn;
  beforeEach(async () => {
    [stage, web] = await Promise.all([Stage.open(), startHttpStandIn()]);
  });
  afterEach(async () => {
    await stage.close();
    await web.close();
  });

  async function begin(ticks: () => Promise<TickStore> = stage.ticks) {
    const client = await stage.start({ hook: webhookChannel, other: webhookChannel }, { ticks });
    const addresses = { hook: `${web.url}/hook`, other: `${web.url}/other` };
    await client.PutPerson({ person: { ...PERSON, addresses } }, CALL);
    const { rule } = await client.PutRule({ rule: { ...RULE, channel: 'hook' } }, CALL);
    return { client, ruleId: rule?.ruleId ?? '' };
  }

  async function scanned<Kind extends Tick['kind']>(kind: Kind) {
    const found: Extract<Tick, { kind: Kind }>[] = [];
    for await (const batch of (await stage.ticks()).scan({ kind })) found.push(...batch);
    return found;
  }

  it('says of each message who, where, by which rule, how long and what became of it', async () => {
    const { client, ruleId } = await begin();
    web.answer = (_request, count) =>
      count === 0 ? { kind: 'status', status: 503 } : { kind: 'ok' };
    await stage.raise(alertOf(1, { severity: 'warning' }));
    const list = async (said: object = {}) =>
      (await client.ListDeliveries({ ...ALL, ...said }, CALL)).deliveries;
    await until(async () => (await list()).length === 1, WAIT);
    web.answer = () => ({ kind: 'status', status: 410 });
    await stage.raise(alertOf(2));
    await until(async () => (await list()).length === 2, WAIT);
    const [dead, delivered] = await list();
    expect(delivered).toMatchObject({
      ...{ personId: 'ann', channel: 'hook', outcome: 'MESSAGE_OUTCOME_DELIVERED', alerts: 1 },
      ...{ severity: 'warning', alertKeys: ['venue.down:1'], ruleIds: [ruleId], attempts: 2 },
      ...{ errorCode: '', error: '' },
    });
    expect(delivered?.latencyUs).toBeGreaterThan(0);
    expect(dead).toMatchObject({
      ...{ outcome: 'MESSAGE_OUTCOME_DEAD', attempts: 1, alertKeys: ['venue.down:2'] },
      ...{ errorCode: 'NOTIFICATION_CHANNEL_FAILED', error: expect.stringContaining('410') },
    });
    expect(await list({ outcome: 'MESSAGE_OUTCOME_DEAD' })).toEqual([dead]);
    expect(await list({ alertKey: 'venue.down:1' })).toEqual([delivered]);
    expect(await list({ limit: 1 })).toEqual([dead]);
    expect(await list({ channel: 'other' })).toEqual([]);
    // Numbers of the past outlive a restart.
    await stage.stop();
    const again = await stage.start({ hook: webhookChannel });
    const { channels } = await again.GetStatistics({ fromUs: 1 }, CALL);
    expect(channels[0]).toMatchObject({ channel: 'hook', delivered: 1, dead: 1, failedTries: 2 });
    expect(channels[0]?.latencyUsP50).toBeGreaterThan(0);
    const sinceStart = await again.GetStatistics({ fromUs: 0 }, CALL);
    expect(sinceStart.channels[0]).toMatchObject({ delivered: 0, dead: 0, failedTries: 0 });
  });

  it('has each alert as it was raised and as it ended', async () => {
    await begin();
    const raised = alertOf(1);
    await stage.raise(raised, { ...raised, resolvedAtUs: raised.raisedAtUs + 1 }, alertOf(2));
    const alerts = await until(async () => {
      const found = await scanned('alert');
      return found.length === 3 ? found : undefined;
    }, WAIT);
    expect(alerts.map(({ key, change, severity }) => [key, change, severity])).toEqual([
      ['venue.down:1', 'raised', 'critical'],
      ['venue.down:1', 'resolved', 'critical'],
      ['venue.down:2', 'raised', 'critical'],
    ]);
    expect(JSON.parse(alerts[0]?.record ?? '{}')).toMatchObject({ runbook: 'venue-down' });
  });

  it('waits for a tick store that is away, while people are told', async () => {
    const real = await stage.ticks();
    let away = true;
    let appended = 0;
    const ticks: TickStore = {
      scan: (query) => real.scan(query),
      health: () => real.health(),
      close: () => Promise.resolve(),
      append(tick) {
        appended += 1;
        return real.append(tick);
      },
      async flush() {
        if (away) throw new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'it is away' });
        return real.flush();
      },
    };
    await begin(() => Promise.resolve(ticks));
    for (let number = 0; number < 5; number += 1) {
      await stage.raise(alertOf(number));
      await until(() => web.taken.length === number + 1, WAIT);
    }
    const behind = () => stage.metrics.value('ats_notification_behind_ratio', { what: 'alerts' });
    await until(() => behind() === 1, WAIT);
    away = false;
    await until(async () => (await scanned('delivery')).length === 5, WAIT);
    await until(async () => (await scanned('alert')).length === 5, WAIT);
    // What the queue had taken was not given to it again and again.
    expect(appended).toBe(10);
    await until(() => behind() === 0, WAIT);
  });
});
