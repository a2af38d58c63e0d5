import { contractsRoot, NOTIFICATION_SERVICE } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Caller, RpcHandlers, ServerStream } from '@ats/runtime';
import { withoutSecrets } from '@ats/security';
import { until } from '@ats/testkit';
import {
  bearer,
  CALL,
  codeOf,
  enrol,
  login,
  openStage,
  PASSWORD,
  type Stage,
  setUp,
} from './stage.ts';

const HOUR_US = 3_600_000_000;
const ACCESS = 'ats.access.v1.AccessService';

/** Logs in with a fresh code, for what is dangerous. */
async function administrator(stage: Stage) {
  await setUp(stage);
  const { accessToken } = await login(stage);
  const { secret } = await enrol(stage, accessToken);
  await stage.access.StepUp({ code: codeOf(stage, secret) }, bearer(accessToken));
  return { as: bearer(accessToken), accessToken, secret };
}

/** What a call came to: `ok`, or the code of its error. */
const codeOfCall = (call: Promise<unknown>): Promise<string> =>
  call.then(
    () => 'ok',
    (error: unknown) => (error instanceof AtsError ? error.code : String(error)),
  );

describe('an attacker', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.close());

  it('cannot use a token for another purpose than its own', async () => {
    const { secret } = await administrator(stage);
    const given = { userName: 'ann', password: PASSWORD, source: '1.2.3.4' };
    const { challenge } = await stage.access.Login(given, CALL);
    stage.clock.advanceUs(30_000_000);
    const code = codeOf(stage, secret);
    const { tokens } = await stage.access.CompleteLogin({ challenge, code, source: '' }, CALL);
    const { accessToken = '', refreshToken = '' } = tokens ?? {};
    const who = (token: string) => codeOfCall(stage.access.WhoAmI({}, bearer(token)));
    const refresh = (token: string) =>
      codeOfCall(stage.access.Refresh({ refreshToken: token, source: '' }, CALL));
    const complete = (token: string) =>
      codeOfCall(stage.access.CompleteLogin({ challenge: token, code, source: '' }, CALL));
    expect(await Promise.all([challenge, refreshToken].map(who))).toEqual(
      Array(2).fill('REQUEST_UNAUTHENTICATED'),
    );
    const answers = [refresh(accessToken), refresh(challenge)];
    answers.push(complete(accessToken), complete(refreshToken));
    expect(await Promise.all(answers)).toEqual(Array(4).fill('ACCESS_LOGIN_REFUSED'));
    expect(await who(accessToken)).toBe('ok');
  });

  it('learns from no delay which names there are', async () => {
    await setUp(stage);
    // Each from another place: names and places that fail are made to wait.
    let place = 0;
    const timed = async (userName: string): Promise<number> => {
      place += 1;
      const given = { userName, password: 'not-the-password', source: `10.0.0.${place}` };
      const began = performance.now();
      expect(await codeOfCall(stage.access.Login(given, CALL))).toBe('ACCESS_LOGIN_REFUSED');
      return performance.now() - began;
    };
    const fastest = { ann: Infinity, nobody: Infinity };
    // The fastest of many is what the work costs; a busy machine only adds to it.
    for (let round = 0; round < 12; round += 1) {
      fastest.ann = Math.min(fastest.ann, await timed('ann'));
      fastest.nobody = Math.min(fastest.nobody, await timed('nobody'));
    }
    const ratio = fastest.ann / fastest.nobody;
    expect(ratio).toBeGreaterThan(0.5);
    expect(ratio).toBeLessThan(2);
  });

  it('who floods the door from one place leaves it open to all others', async () => {
    await setUp(stage);
    const flood = Array.from({ length: 60 }, (_, index) => {
      const given = { userName: `nobody${index}`, password: 'x', source: '6.6.6.6' };
      return codeOfCall(stage.access.Login(given, CALL));
    });
    expect(await login(stage)).toHaveProperty('accessToken');
    expect(await Promise.all(flood)).toContain('ACCESS_TOO_MANY_TRIES');
  });

  it('gets a plain refusal for whatever is put into any field', async () => {
    const { as } = await administrator(stage);
    const payloads = [
      "' OR 1=1; DROP TABLE access_log; --",
      '../../../../etc/passwd',
      '__proto__',
      'constructor',
      '$(touch /tmp/x)`id`',
      '<script>alert(1)</script>',
      '\u001b[2J\u0000\r\nfake: line',
      '\ud800',
      'a'.repeat(100_000),
    ];
    const service = contractsRoot().lookupService(ACCESS);
    // Logins of many names from one place would be held up, which another test is about.
    const odd: string[] = [];
    for (const method of service.methodsArray) {
      const fields = contractsRoot().lookupType(`ats.access.v1.${method.requestType}`).fieldsArray;
      const plain = Object.fromEntries(
        fields.map((field) => {
          const one = field.type === 'bool' ? false : field.type === 'string' ? 'main' : 0;
          return [field.name, field.repeated ? [one] : one];
        }),
      );
      for (const field of fields.filter(({ type }) => type === 'string')) {
        for (const payload of payloads) {
          const value = field.repeated ? [payload] : payload;
          const request = { ...plain, [field.name]: value };
          const call = stage.access[method.name as 'Login'](request as never, as);
          const code = await codeOfCall(call);
          if (!/^(ok|ACCESS_\w+|REQUEST_\w+)$/.test(code)) {
            odd.push(`${method.name}.${field.name}: ${code}`);
          }
        }
      }
    }
    expect([...new Set(odd)]).toEqual([]);
    expect(Object.keys(Object.prototype)).toEqual([]);
    for (const entry of stage.entries) expect(withoutSecrets(entry)).not.toContain(PASSWORD);
  });
});

describe('a session', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage(['access.sessionHours=48', 'access.accessMinutes=1']);
  });
  afterEach(() => stage.close());

  it('ends after its longest time, however often it is renewed', async () => {
    await setUp(stage);
    let tokens = await login(stage);
    const refresh = async () => {
      const given = { refreshToken: tokens.refreshToken, source: '' };
      const renewed = await stage.access.Refresh(given, CALL);
      if (renewed.tokens !== null) tokens = renewed.tokens;
    };
    for (let hours = 0; hours < 40; hours += 20) {
      stage.clock.advanceUs(20 * HOUR_US);
      await refresh();
    }
    expect(tokens.refreshExpiresAtUs - stage.clock.nowUs()).toBe(8 * HOUR_US);
    stage.clock.advanceUs(8 * HOUR_US);
    expect(await codeOfCall(refresh())).toBe('ACCESS_LOGIN_REFUSED');
    expect(await codeOfCall(stage.access.WhoAmI({}, bearer(tokens.accessToken)))).toBe(
      'REQUEST_UNAUTHENTICATED',
    );
  });

  it('takes the streams that it has opened with it', async () => {
    const opened: Caller[] = [];
    const handlers = {
      StreamBell(_request: object, stream: ServerStream<object>) {
        opened.push(stream.context.caller);
      },
    } as unknown as RpcHandlers<never>;
    await stage.rpc.serve(NOTIFICATION_SERVICE, handlers as never);
    await setUp(stage);
    const [first, second] = [await login(stage), await login(stage)];
    const ends = new Map<string, string>();
    const open = (name: string, authorization: string | undefined) =>
      stage.rpc.subscribe(NOTIFICATION_SERVICE, 'StreamBell', { personId: '' } as never, {
        ...CALL,
        ...(authorization === undefined ? {} : { authorization }),
        onMessage: () => {},
        onEnd: (error) => ends.set(name, error?.code ?? 'well'),
      });
    open('first', `Bearer ${first.accessToken}`);
    open('second', `Bearer ${second.accessToken}`);
    open('nobody', 'Bearer forged');
    open('service', undefined);
    await until(() => opened.length === 3 && ends.size === 1);
    expect(ends.get('nobody')).toBe('REQUEST_UNAUTHENTICATED');
    expect(opened.map(({ name }) => name).toSorted()).toEqual(['ann', 'ann', 'ats']);
    await stage.access.Logout({}, bearer(first.accessToken));
    stage.timers.advance(1000);
    await until(() => ends.has('first'));
    // The access token ends long before the session does, and takes nothing with it.
    for (let seconds = 0; seconds < 70; seconds += 1) {
      stage.timers.advance(1000);
      await stage.access.ListSessions({ userName: '' }, CALL);
    }
    const after = stage.access.WhoAmI({}, bearer(second.accessToken));
    expect(await codeOfCall(after)).toBe('REQUEST_UNAUTHENTICATED');
    expect([...ends.keys()].toSorted()).toEqual(['first', 'nobody']);
  });
});

describe('keys of exchanges', () => {
  it('need a second person where the configuration asks for one', async () => {
    const stage = await openStage(['access.approvals.kinds=["keys.live"]']);
    const { as } = await administrator(stage);
    const key = { venue: 'kraken', apiKey: 'abcdefghijkl', secret: 's', passphrase: '' };
    const put = (wanted = key) => codeOfCall(stage.access.PutExchangeKey(wanted, as));
    expect(await put()).toBe('ACCESS_APPROVAL_PENDING');
    const { keys } = await stage.access.ListExchangeKeys({}, as);
    expect(keys).toEqual([]);
    const { approvals } = await stage.access.ListApprovals({ all: false }, as);
    const [waiting] = approvals;
    expect(waiting).toMatchObject({ kind: 'keys.live', requestedBy: 'ann', state: 'pending' });
    expect(JSON.stringify(waiting)).not.toContain(key.apiKey);
    const decision = { approvalId: waiting?.approvalId ?? '', approve: true };
    expect(await codeOfCall(stage.access.DecideApproval(decision, as))).toBe('ACCESS_INVALID');
    const { linkToken } = await stage.access.AddUser(
      { userName: 'ben', role: 'administrator', accounts: [] },
      as,
    );
    const made = { token: linkToken, userName: 'ben', password: PASSWORD, source: '' };
    await stage.access.SetUp(made, CALL);
    const ben = await login(stage, 'ben');
    const { secret } = await enrol(stage, ben.accessToken);
    await stage.access.StepUp({ code: codeOf(stage, secret) }, bearer(ben.accessToken));
    await stage.access.DecideApproval(decision, bearer(ben.accessToken));
    // The approval is of that very key.
    expect(await put({ ...key, secret: 'another' })).toBe('ACCESS_APPROVAL_PENDING');
    expect(await put()).toBe('ok');
    expect(await put()).toBe('ACCESS_APPROVAL_PENDING');
    await stage.close();
  });

  it('leave what there was and what there is in the access log, without the secret', async () => {
    const stage = await openStage();
    const { as } = await administrator(stage);
    const key = { venue: 'kraken', apiKey: 'abcdefghijkl', secret: 'hush', passphrase: '' };
    await stage.access.PutExchangeKey(key, as);
    await stage.access.PutExchangeKey({ ...key, apiKey: 'mnopqrstuvwx' }, as);
    await stage.access.RemoveExchangeKey({ venue: 'kraken' }, as);
    await stage.access.RotateVaultKey({}, as);
    const told = stage.entries.filter(({ action }) => action === 'keys.manage');
    expect(told.map(({ before, after }) => [before, after])).toMatchObject([
      [undefined, { keyHint: 'ijkl', addedBy: 'ann' }],
      [{ keyHint: 'ijkl' }, { keyHint: 'uvwx' }],
      [{ keyHint: 'uvwx' }, undefined],
      [{ keyId: expect.any(String) }, { keyId: expect.any(String) }],
    ]);
    for (const entry of told) {
      expect(entry).toMatchObject({ actor: 'ann', actorKind: 'user', outcome: 'ok' });
      expect(entry.source).not.toBe('');
      expect(withoutSecrets(entry)).not.toMatch(/abcdefgh|mnopqrst|hush/);
    }
    await stage.close();
  });
});

describe('users', () => {
  it('leave what they were and what they are in the access log', async () => {
    const stage = await openStage();
    const { as } = await administrator(stage);
    await stage.access.AddUser({ userName: 'ben', role: 'viewer', accounts: [] }, as);
    const change = { userName: 'ben', role: 'trader', state: '', accounts: [] };
    await stage.access.UpdateUser(change, as);
    await stage.access.ResetUser({ userName: 'ben' }, as);
    const told = stage.entries.filter(({ action }) => action === 'users.manage');
    expect(told.map(({ before, after }) => [before, after])).toMatchObject([
      [undefined, { userName: 'ben', role: 'viewer' }],
      [{ role: 'viewer' }, { role: 'trader' }],
      [{ role: 'trader' }, { role: 'trader', passwordSet: false }],
    ]);
    await stage.close();
  });
});

describe('one-time links', () => {
  it.each([
    ['the port of the dashboard', ['dashboard.port=9999'], 'http://127.0.0.1:9999/set-up#'],
    [
      'its name and TLS',
      [
        ...['dashboard.host=0.0.0.0', 'dashboard.hosts=["ats.example"]', 'dashboard.port=443'],
        'dashboard.tls={"certificateFile":"a","keyFile":"b"}',
      ],
      'https://ats.example:443/set-up#',
    ],
    ['the link that is set', ['access.linkUrl=https://a.example/x'], 'https://a.example/x#'],
  ])('lead to %s', async (_what, assignments, start) => {
    const stage = await openStage(assignments);
    expect(stage.running.setUpLink?.startsWith(start)).toBe(true);
    await stage.close();
  });
});
