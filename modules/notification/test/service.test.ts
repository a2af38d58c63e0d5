import { until } from '@ats/testkit';
import { type HttpStandIn, startHttpStandIn } from './http-stand-in.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { alertOf, CALL, emailChannel, PERSON, RULE, Stage, WAIT, webhookChannel } from './stage.ts';

describe('the notification service', () => {
  let stage: Stage;
  let mail: MailServer;
  let web: HttpStandIn;
  beforeEach(async () => {
    [stage, mail, web] = await Promise.all([Stage.open(), startMailServer(), startHttpStandIn()]);
  });
  afterEach(async () => {
    await stage.close();
    await Promise.all([mail.close(), web.close()]);
  });

  const start = (set: readonly string[] = []) =>
    stage.start({ email: emailChannel(mail), hook: webhookChannel }, { set });
  const addresses = () => ({ email: 'ann@example.com', hook: `${web.url}/ann` });
  const keysOf = (bodies: readonly { readonly body: string }[]): string[] =>
    bodies.flatMap(({ body }) =>
      (JSON.parse(body) as { alerts: { key: string; state: string }[] }).alerts.map(
        ({ key, state }) => `${key} ${state}`,
      ),
    );

  it('keeps the bell of everybody when nobody is configured', async () => {
    const client = await stage.start();
    await stage.raise(alertOf(1), alertOf(2));
    const bell = { personId: '', limit: 0 };
    await until(async () => (await client.ListBell(bell, CALL)).entries.length === 2, WAIT);
    const { entries } = await client.ListBell(bell, CALL);
    expect(entries.map(({ alert }) => alert?.key)).toEqual(['venue.down:2', 'venue.down:1']);
    expect(stage.running?.readiness()).toEqual({ ready: true, reasons: [] });
  });

  it('mails over STARTTLS what happened, what was done and what to do', async () => {
    const client = await start();
    await client.PutPerson({ person: { ...PERSON, addresses: addresses() } }, CALL);
    await client.PutRule({ rule: { ...RULE, channel: 'email' } }, CALL);
    await stage.raise(alertOf(1, { facts: { error: '<b>ECONNREFUSED</b>' } }));
    await until(() => mail.mails.length === 1, WAIT);
    const [one] = mail.mails;
    expect(mail.secure).toEqual([true]);
    expect(one?.subject).toBe('[Critical] Venue 1 does not answer');
    for (const body of [one?.html || '', one?.text ?? '']) {
      expect(body).toContain('Orders there are rejected unsent.');
      expect(body).toContain('Look at its status page.');
      expect(body).toContain('http://127.0.0.1:8080/runbooks/venue-down');
      expect(body).toContain('http://127.0.0.1:8080/?alert');
    }
    expect(one?.html).toContain('&lt;b&gt;ECONNREFUSED');
    expect(one?.text).toContain('<b>ECONNREFUSED');
    const { messages } = await until(async () => {
      const found = await client.ListMessages({ ...HISTORY, personId: 'ann' }, CALL);
      return found.messages.length === 1 ? found : undefined;
    }, WAIT);
    expect(messages[0]).toMatchObject({ outcome: 'MESSAGE_OUTCOME_DELIVERED', attempts: 1 });
    expect(one?.messageId).toBe(`<${messages[0]?.messageId}@example.com>`);
  });

  it('tells of the end, and of nothing twice', async () => {
    const client = await start();
    await client.PutPerson({ person: { ...PERSON, addresses: addresses() } }, CALL);
    await client.PutRule({ rule: { ...RULE, channel: 'hook' } }, CALL);
    const raised = alertOf(1);
    const recovered = { ...raised, resolvedAtUs: raised.raisedAtUs + 60_000_000 };
    await stage.raise(raised, raised);
    await until(() => web.taken.length === 1, WAIT);
    await stage.raise(recovered, raised, recovered, alertOf(2));
    await until(() => keysOf(web.taken).includes('venue.down:2 raised:critical'), WAIT);
    expect(keysOf(web.taken).sort()).toEqual([
      'venue.down:1 raised:critical',
      'venue.down:1 recovered',
      'venue.down:2 raised:critical',
    ]);
  });

  it('names field and value of what cannot be so, and stores nothing of it', async () => {
    const client = await start();
    const person = (said: object) => client.PutPerson({ person: { ...PERSON, ...said } }, CALL);
    const rule = (said: object) => client.PutRule({ rule: { ...RULE, ...said } }, CALL);
    const code = 'NOTIFICATION_INVALID';
    const wrong: [Promise<unknown>, string, string][] = [
      [person({ zone: 'Mars/Base' }), code, 'zone is "Mars/Base"'],
      [person({ personId: 'Ann B' }), code, 'personId is "Ann B"'],
      [person({ personId: 'everybody' }), code, '"everybody" is taken'],
      [person({ digestAt: '8:00' }), code, 'digestAt is "8:00"'],
      [person({ addresses: { fax: '1' } }), code, 'addresses is "fax"'],
      [person({ quietHours: [{ from: '24:00', to: '07:00', weekdays: [] }] }), code, '24:00'],
      [rule({ personId: 'zoe' }), 'NOTIFICATION_UNKNOWN', 'no person "zoe"'],
      [rule({ channel: 'fax' }), code, 'channel is "fax"'],
      [rule({ escalateTo: ['ann'] }), code, 'acknowledgeWithinS is 0'],
    ];
    for (const [call, expected, said] of wrong) {
      const error = { code: expected, message: expect.stringContaining(said) };
      await expect(call).rejects.toMatchObject(error);
    }
    expect((await client.ListPeople({}, CALL)).people).toEqual([]);
    expect((await client.ListRules({ personId: '' }, CALL)).rules).toEqual([]);
  });

  it('stores the same rule once, and removes a person with all their rules', async () => {
    const client = await start();
    await client.PutPerson({ person: { ...PERSON, addresses: addresses() } }, CALL);
    const rule = { ...RULE, channel: 'hook' };
    const [one, other] = [
      await client.PutRule({ rule }, CALL),
      await client.PutRule({ rule }, CALL),
    ];
    expect(other).toEqual(one);
    for (let venue = 0; venue < 120; venue += 1) {
      await client.PutRule({ rule: { ...rule, venue: `venue-${venue}` } }, CALL);
    }
    expect((await client.ListRules({ personId: 'ann' }, CALL)).rules).toHaveLength(121);
    await client.RemovePerson({ personId: 'ann' }, CALL);
    await stage.stop();
    const again = await start();
    expect((await again.ListRules({ personId: '' }, CALL)).rules).toEqual([]);
    expect((await again.ListPeople({}, CALL)).people).toEqual([]);
  });

  it('tells of one alert to more people than one transaction holds', async () => {
    const client = await start();
    const names = Array.from({ length: 60 }, (_, index) => `person-${index}`);
    for (const personId of names) {
      const hook = `${web.url}/${personId}`;
      await client.PutPerson({ person: { ...PERSON, personId, addresses: { hook } } }, CALL);
      await client.PutRule({ rule: { ...RULE, personId, channel: 'hook' } }, CALL);
    }
    await stage.raise(alertOf(1));
    await until(() => web.taken.length >= 60, WAIT);
    expect(web.taken.map(({ path }) => path.slice(1)).sort()).toEqual(names.sort());
  });

  it('folds a flood into one message with counts', async () => {
    const client = await start(['notification.flood.messagesMax=1']);
    await client.PutPerson({ person: { ...PERSON, addresses: addresses() } }, CALL);
    await client.PutRule({ rule: { ...RULE, channel: 'hook' } }, CALL);
    await stage.raise(alertOf(0));
    await until(() => web.taken.length === 1, WAIT);
    await stage.raise(...Array.from({ length: 50 }, (_, index) => alertOf(index + 1)));
    const list = { ...HISTORY, outcome: 'MESSAGE_OUTCOME_PENDING' } as const;
    await until(async () => {
      const { messages } = await client.ListMessages(list, CALL);
      return messages.length === 1 && messages[0]?.alerts === 50;
    }, WAIT);
    expect(web.taken).toHaveLength(1);
  });
});

const HISTORY = { outcome: 'MESSAGE_OUTCOME_UNSPECIFIED', personId: '', limit: 0 } as const;
