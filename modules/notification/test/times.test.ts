import type { Alert } from '@ats/domain';
import { readAlert } from '@ats/orders';
import { type ManualTimers, manualClock, manualTimers, until } from '@ats/testkit';
import { type HttpStandIn, startHttpStandIn } from './http-stand-in.ts';
import {
  alertOf,
  CALL,
  type NotificationClient,
  PERSON,
  RULE,
  Stage,
  WAIT,
  webhookChannel,
} from './stage.ts';

const us = (text: string): number => Date.parse(text) * 1000;
/** A Wednesday evening in Seoul. */
const EVENING_US = us('2026-07-01T23:00:00+09:00');
const HOUR_MS = 3_600_000;
const GROUP = 'notification';
const PENDING = { outcome: 'MESSAGE_OUTCOME_PENDING', personId: '', limit: 0 } as const;
const SEOUL = {
  ...PERSON,
  zone: 'Asia/Seoul',
  quietHours: [{ from: '22:00', to: '07:00', weekdays: [] }],
};

describe('in the course of time', () => {
  let timers: ManualTimers;
  let stage: Stage;
  let web: HttpStandIn;
  let client: NotificationClient;
  beforeEach(async () => {
    timers = manualTimers(manualClock(EVENING_US));
    [stage, web] = await Promise.all([
      Stage.open({ clock: timers.clock, timers }),
      startHttpStandIn(),
    ]);
  });
  afterEach(async () => {
    await stage.close();
    await web.close();
  });

  async function begin(person: object = PERSON, rule: object = {}): Promise<void> {
    client = await stage.start({ hook: webhookChannel });
    const addresses = { hook: `${web.url}/ann` };
    await client.PutPerson({ person: { ...PERSON, ...person, addresses } }, CALL);
    await client.PutRule({ rule: { ...RULE, channel: 'hook', ...rule } }, CALL);
  }

  /** Lets the service work, time going on by milliseconds, until something holds. */
  const work = <Value>(condition: () => Value | Promise<Value>) =>
    until(() => {
      timers.advance(10);
      return condition();
    }, WAIT);
  const raise = (number: number, said: Partial<Alert> = {}) =>
    stage.raise(alertOf(number, { raisedAtUs: timers.clock.nowUs(), ...said }));
  const bodies = () => web.taken.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const titles = () => bodies().map(({ title }) => title);
  const pending = async () => (await client.ListMessages(PENDING, CALL)).messages;
  /** Whether the service has taken in all that was raised. */
  const heard = async (): Promise<boolean> => {
    const lags = await stage.log.lag({ group: GROUP, topics: ['alerts'] });
    return lags.every(({ lag }) => lag === 0);
  };
  const taken = async (count: number) => work(() => web.taken.length === count);

  it('quiet hours hold back all but emergencies until they end', async () => {
    await begin(SEOUL);
    await raise(1);
    await raise(2, { severity: 'warning' });
    await work(async () => (await pending())[0]?.dueAtUs === us('2026-07-02T07:00:00+09:00'));
    await raise(3, { severity: 'emergency' });
    await taken(1);
    expect(titles()).toEqual(['[Emergency] Venue 3 does not answer']);
    timers.clock.setUs(us('2026-07-02T06:59:00+09:00'));
    await raise(4, { severity: 'emergency' });
    await taken(2);
    expect(titles()[1]).toBe('[Emergency] Venue 4 does not answer');
    timers.clock.setUs(us('2026-07-02T07:00:00+09:00'));
    await taken(3);
    expect(titles()[2]).toBe('[Critical] 2 alerts');
  });

  it('what recovers in quiet hours is told as recovered', async () => {
    await begin(SEOUL);
    await raise(1, { raisedAtUs: EVENING_US });
    await raise(1, { raisedAtUs: EVENING_US, resolvedAtUs: EVENING_US + 1 });
    await work(heard);
    await work(async () => (await pending())[0]?.dueAtUs === us('2026-07-02T07:00:00+09:00'));
    timers.clock.setUs(us('2026-07-02T07:00:00+09:00'));
    await taken(1);
    expect(bodies()[0]).toMatchObject({ tone: 'recovered', alerts: [{ state: 'recovered' }] });
  });

  it('a snooze holds back until its end, or until it is ended', async () => {
    await begin();
    const untilUs = EVENING_US + 2 * HOUR_MS * 1000;
    const mute = {
      ...{ muteId: '', key: 'venue.down:1', area: 'ALERT_AREA_UNSPECIFIED' as const },
      ...{ personId: '', untilUs, actor: 'ann', reason: '', mutedAtUs: 0 },
    };
    await client.PutMute({ mute }, CALL);
    const other = await client.PutMute({ mute: { ...mute, key: 'venue.down:2' } }, CALL);
    await raise(1);
    await raise(2);
    await raise(3);
    await taken(1);
    expect(titles()).toEqual(['[Critical] Venue 3 does not answer']);
    await client.RemoveMute({ muteId: other.mute?.muteId ?? '' }, CALL);
    await taken(2);
    expect(titles()[1]).toBe('[Critical] Venue 2 does not answer');
    timers.clock.setUs(untilUs);
    await taken(3);
    expect(titles()[2]).toBe('[Critical] Venue 1 does not answer');
  });

  it('a mute drops what it covers, and rings only the bell of everybody', async () => {
    await begin();
    const mute = {
      ...{ muteId: '', key: '', area: 'ALERT_AREA_SYSTEM' as const, personId: '', untilUs: 0 },
      ...{ actor: 'ann', reason: 'moving', mutedAtUs: 0 },
    };
    await client.PutMute({ mute }, CALL);
    await raise(1);
    await raise(2, { area: 'trade' });
    await taken(1);
    expect(titles()).toEqual(['[Critical] Venue 2 does not answer']);
    const bell = async (personId: string) =>
      (await client.ListBell({ personId, limit: 0 }, CALL)).entries.length;
    expect([await bell(''), await bell('ann')]).toEqual([2, 1]);
  });

  it('what nobody acknowledges goes to the next person, and the one after', async () => {
    await begin();
    for (const personId of ['ben', 'cleo']) {
      const addresses = { hook: `${web.url}/${personId}` };
      await client.PutPerson({ person: { ...PERSON, personId, addresses } }, CALL);
    }
    const rule = { ...RULE, channel: 'hook', severityMin: 'SEVERITY_CRITICAL' } as const;
    const escalation = { escalateTo: ['ben', 'cleo'], acknowledgeWithinS: 600 };
    await client.PutRule({ rule: { ...rule, ...escalation } }, CALL);
    await raise(1);
    await taken(1);
    timers.advance(601_000);
    await taken(2);
    await raise(2);
    await taken(3);
    await client.Acknowledge({ key: 'venue.down:2', actor: 'ann' }, CALL);
    timers.advance(601_000);
    await taken(4);
    expect(web.taken.map(({ path }) => path)).toEqual(['/ann', '/ben', '/ann', '/cleo']);
    // Whoever else shows alerts learns it from the log.
    const records = await stage.log.read({ topic: 'alerts', partition: 0, from: 0 });
    const [acknowledged] = records
      .map(readAlert)
      .filter((one) => one.acknowledgement !== undefined);
    expect(acknowledged).toMatchObject({ key: 'venue.down:2', acknowledgement: { actor: 'ann' } });
    const { conditions } = await client.ListConditions({ openOnly: true }, CALL);
    expect(
      conditions.map(({ escalations, acknowledgedBy }) => [escalations, acknowledgedBy]),
    ).toEqual([
      [2, ''],
      [0, 'ann'],
    ]);
  });

  it('batches and hours gather; the hour is that of the person', async () => {
    await begin({ zone: 'Australia/Adelaide' }, { frequency: 'FREQUENCY_HOURLY' });
    await raise(1);
    // Half past the hour in UTC is the full hour there.
    await work(async () => (await pending())[0]?.dueAtUs === us('2026-07-01T14:30:00Z'));
    await raise(2);
    await work(async () => (await pending())[0]?.alerts === 2);
    timers.clock.setUs(us('2026-07-01T14:30:00Z'));
    await taken(1);
    expect(titles()).toEqual(['[Critical] 2 alerts']);
  });

  it('a digest comes once a day, at the time of the person or as soon as it can', async () => {
    await begin({ zone: 'Asia/Seoul' }, { frequency: 'FREQUENCY_DAILY' });
    await raise(1);
    await raise(2, { severity: 'info', area: 'risk' });
    await work(
      async () => (await client.ListConditions({ openOnly: true }, CALL)).conditions.length === 2,
    );
    await work(async () => (await stage.store.get(DIGEST)) !== undefined);
    timers.clock.setUs(us('2026-07-02T08:00:00+09:00'));
    await taken(1);
    expect(bodies()[0]).toMatchObject({ title: 'ATS digest: 0 trades, 2 alerts open', alerts: [] });
    await stage.stop();
    timers.clock.setUs(us('2026-07-03T11:00:00+09:00'));
    client = await stage.start({ hook: webhookChannel });
    await taken(2);
    expect(bodies()[1]).toMatchObject({ title: 'ATS digest: 0 trades, 2 alerts open' });
    await raise(3, { severity: 'emergency' });
    await taken(3);
    expect(titles()[2]).toBe('[Emergency] Venue 3 does not answer');
  });
});

const DIGEST = { table: 'notifications', partition: 'digests', sort: 'ann/hook' } as const;
