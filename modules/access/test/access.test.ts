import { createSecretKey } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withoutSecrets } from '@ats/security';
import jwt from 'jsonwebtoken';
import {
  asCaller,
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

const refused = { code: 'ACCESS_LOGIN_REFUSED' };
const wrongPassword = { userName: 'ann', password: 'not-the-password', source: '6.6.6.6' };

describe('people, their sessions and second factors', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await openStage();
  });
  afterEach(() => stage.close());

  it('makes the first administrator by a link that works once', async () => {
    await setUp(stage);
    await expect(setUp(stage, 'ben')).rejects.toMatchObject({ code: 'ACCESS_LINK_INVALID' });
    const { accessToken } = await login(stage);
    const who = await stage.access.WhoAmI({}, bearer(accessToken));
    expect(who).toMatchObject({ name: 'ann', kind: 'user', role: 'administrator' });
  });

  it('refuses a link that has expired', async () => {
    stage.clock.advanceUs(31 * 60_000_000);
    await expect(setUp(stage)).rejects.toMatchObject({ code: 'ACCESS_LINK_INVALID' });
  });

  it('refuses passwords that are short, have the name in them, or are guessed', async () => {
    const token = stage.running.setUpLink?.split('#')[1] ?? '';
    for (const password of ['short', 'x-annabel-ann-7731-q', 'password12345678']) {
      const given = { token, userName: 'ann', password, source: '' };
      const asked = stage.access.SetUp(given, CALL);
      await expect(asked).rejects.toMatchObject({ code: 'ACCESS_PASSWORD_WEAK' });
    }
  });

  it('gives one answer for a wrong password and for a name that nobody has', async () => {
    await setUp(stage);
    const answers = await Promise.all(
      ['ann', 'nobody'].map((userName) =>
        stage.access.Login({ ...wrongPassword, userName }, CALL).catch((error: unknown) => error),
      ),
    );
    const [known, unknown] = answers.map((error) => {
      const { code, message, remedy, context } = error as Record<string, unknown>;
      return { code, message, remedy, context };
    });
    expect(known).toMatchObject(refused);
    expect(unknown).toEqual(known);
  });

  it('holds up whoever guesses, and nobody else', async () => {
    await setUp(stage);
    for (let guess = 0; guess < 4; guess += 1) {
      await expect(stage.access.Login(wrongPassword, CALL)).rejects.toMatchObject(refused);
    }
    const held = stage.access.Login({ ...wrongPassword, password: PASSWORD }, CALL);
    await expect(held).rejects.toMatchObject({ code: 'ACCESS_TOO_MANY_TRIES' });
    // The same person from another place is let in.
    expect(await login(stage)).toHaveProperty('accessToken');
    stage.clock.advanceUs(2_000_000);
    const { tokens } = await stage.access.Login({ ...wrongPassword, password: PASSWORD }, CALL);
    expect(tokens).not.toBeNull();
  });

  it('counts guesses that come at the same moment', async () => {
    await setUp(stage);
    const guesses = Array.from({ length: 8 }, () => stage.access.Login(wrongPassword, CALL));
    const codes = (await Promise.allSettled(guesses)).map((one) => {
      return one.status === 'rejected' ? (one.reason as { code: string }).code : 'in';
    });
    expect(codes.filter((code) => code === 'ACCESS_TOO_MANY_TRIES').length).toBe(4);
  });

  it('takes a code of the authenticator once, and a backup code once', async () => {
    await setUp(stage);
    const { secret, backupCodes } = await enrol(stage, (await login(stage)).accessToken);
    const begin = async () => {
      const given = { userName: 'ann', password: PASSWORD, source: '1.2.3.4' };
      return (await stage.access.Login(given, CALL)).challenge;
    };
    const complete = async (code: string) =>
      stage.access.CompleteLogin({ challenge: await begin(), code, source: '' }, CALL);
    const code = codeOf(stage, secret);
    expect((await complete(code)).tokens).not.toBeNull();
    await expect(complete(code)).rejects.toMatchObject(refused);
    const [backup = ''] = backupCodes;
    expect((await complete(backup)).tokens).not.toBeNull();
    await expect(complete(backup)).rejects.toMatchObject(refused);
  });

  it('ends a session whose refresh token is used twice', async () => {
    await setUp(stage);
    const { refreshToken, accessToken } = await login(stage);
    const renewed = await stage.access.Refresh({ refreshToken, source: '' }, CALL);
    const again = stage.access.Refresh({ refreshToken, source: '' }, CALL);
    await expect(again).rejects.toMatchObject(refused);
    // Its descendants have ended with it.
    for (const token of [accessToken, renewed.tokens?.accessToken]) {
      const asked = stage.access.WhoAmI({}, bearer(token));
      await expect(asked).rejects.toMatchObject({ code: 'REQUEST_UNAUTHENTICATED' });
    }
    const next = { refreshToken: renewed.tokens?.refreshToken ?? '', source: '' };
    await expect(stage.access.Refresh(next, CALL)).rejects.toMatchObject(refused);
  });

  it('knows no token that is forged, unsigned, expired, ended or for another use', async () => {
    await setUp(stage);
    const { accessToken, refreshToken } = await login(stage);
    const claims = jwt.decode(accessToken) as jwt.JwtPayload;
    const { kid = '' } = jwt.decode(accessToken, { complete: true })?.header ?? {};
    const key = createSecretKey(Buffer.alloc(32, 1));
    const forged = jwt.sign(claims, key, { keyid: kid });
    const none = jwt.sign(claims, '', { algorithm: 'none', keyid: kid });
    const [head, , mac] = accessToken.split('.');
    const other = Buffer.from(JSON.stringify({ ...claims, sub: 'ben' })).toString('base64url');
    for (const token of [forged, none, refreshToken, `${head}.${other}.${mac}`, 'x']) {
      const { active } = await stage.access.Introspect({ token, sessionId: '' }, CALL);
      expect(active).toBe(false);
    }
    expect(
      (await stage.access.Introspect({ token: accessToken, sessionId: '' }, CALL)).active,
    ).toBe(true);
    const second = await login(stage);
    await stage.access.Logout({}, bearer(second.accessToken));
    const ended = await stage.access.Introspect({ token: second.accessToken, sessionId: '' }, CALL);
    expect(ended.active).toBe(false);
    stage.clock.advanceUs(6 * 60_000_000);
    expect(
      (await stage.access.Introspect({ token: accessToken, sessionId: '' }, CALL)).active,
    ).toBe(false);
  });

  it('asks for a fresh code before anything dangerous', async () => {
    await setUp(stage);
    const { accessToken } = await login(stage);
    const wanted = { userName: 'ben', role: 'trader', accounts: [] };
    const add = () => stage.access.AddUser(wanted, bearer(accessToken));
    await expect(add()).rejects.toMatchObject({ code: 'ACCESS_STEP_UP_REQUIRED' });
    const { secret } = await enrol(stage, accessToken);
    const code = codeOf(stage, secret);
    await stage.access.StepUp({ code }, bearer(accessToken));
    const { linkToken } = await add();
    expect(linkToken).not.toBe('');
  });

  it('keeps secrets out of the access log, and what was before in it', async () => {
    await setUp(stage);
    const operator = asCaller({ kind: 'operator', name: 'operator', role: 'administrator' });
    const call = { service: 'ats.access.v1.AccessService', correlationId: 'c' };
    const request = { venue: 'kraken', apiKey: 'KEY-1', secret: 'hush', passphrase: 'psst' };
    const outcome = { error: undefined, change: undefined, foreign: false };
    stage.guard.admit({ ...call, caller: operator, method: 'PutExchangeKey', request })?.(outcome);
    expect(stage.entries.at(-1)).toMatchObject({ actor: 'operator', action: 'keys.manage' });
    expect(withoutSecrets(stage.entries.at(-1))).not.toMatch(/KEY-1|hush|psst/);
    await login(stage);
    const written = Buffer.concat(
      stage.appended.map((record) => (record as { payload: Buffer }).payload),
    ).toString('latin1');
    expect(written).toContain('session.login');
    expect(written).not.toContain(PASSWORD);
  });
});

describe('the vault', () => {
  it('is the same after a restart, and names a file in which one bit was flipped', async () => {
    const first = await openStage();
    await setUp(first);
    await first.close();
    const again = await openStage([], first.folder);
    expect(again.running.setUpLink).toBeUndefined();
    expect(await login(again)).toHaveProperty('accessToken');
    await again.close();
    const vault = join(first.folder, 'vault');
    for (const name of readdirSync(vault)) {
      const path = join(vault, name);
      const whole = readFileSync(path);
      for (const at of [0, 5, 20, 60, whole.length - 1]) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ 1;
        writeFileSync(path, flipped);
        const opened = openStage([], first.folder);
        const code = expect.stringMatching(/^VAULT_(TAMPERED|LOCKED)$/);
        await expect(opened).rejects.toMatchObject({
          code,
          message: expect.stringContaining(name),
        });
      }
      writeFileSync(path, whole);
    }
  });

  it('opens after its master key was rotated, and keeps keys of exchanges', async () => {
    const stage = await openStage();
    const key = { venue: 'kraken', apiKey: 'abcdefghijkl', secret: 's', passphrase: '' };
    await setUp(stage);
    const { accessToken } = await login(stage);
    const { secret } = await enrol(stage, accessToken);
    await stage.access.StepUp({ code: codeOf(stage, secret) }, bearer(accessToken));
    await stage.access.PutExchangeKey(key, bearer(accessToken));
    const { documents } = await stage.access.RotateVaultKey({}, bearer(accessToken));
    expect(documents).toBe(3);
    await stage.close();
    const again = await openStage([], stage.folder);
    const { found, apiKey } = await again.access.ReadExchangeKey({ venue: 'kraken' }, CALL);
    expect({ found, apiKey }).toEqual({ found: true, apiKey: 'abcdefghijkl' });
    await again.close();
  });
});

describe('a master key of the environment', () => {
  it('seals the vault, is asked for again, and can follow another', async () => {
    const [one, two] = ['the-first-master-key-of-all', 'the-second-master-key-of-all'];
    const first = await openStage([`access.masterKey=${one}`]);
    await setUp(first);
    await first.close();
    const { folder } = first;
    const wrong = openStage([`access.masterKey=${two}`], folder);
    await expect(wrong).rejects.toMatchObject({ code: 'VAULT_LOCKED' });
    const both = [`access.masterKey=${two}`, `access.previousKey=${one}`];
    await (await openStage(both, folder)).close();
    const last = await openStage([`access.masterKey=${two}`], folder);
    expect(await login(last)).toHaveProperty('accessToken');
    await last.close();
  });

  it('can be a passphrase', async () => {
    const first = await openStage(['access.passphrase=four words that fit']);
    await setUp(first);
    await first.close();
    const again = await openStage(['access.passphrase=four words that fit'], first.folder);
    expect(await login(again)).toHaveProperty('accessToken');
    await again.close();
  });

  it('can be a passphrase that follows another', async () => {
    const first = await openStage(['access.passphrase=four words that fit']);
    await setUp(first);
    await first.close();
    const next = 'access.passphrase=four other words';
    const both = [next, 'access.previousKey=four words that fit'];
    await (await openStage(both, first.folder)).close();
    const last = await openStage([next], first.folder);
    expect(await login(last)).toHaveProperty('accessToken');
    await last.close();
  });
});

describe('two persons', () => {
  it('let a change happen once, which another person has approved in time', async () => {
    const stage = await openStage(['access.approvals.kinds=["limits.raise"]']);
    const wanted = {
      kind: 'limits.raise',
      subject: '{"a":1}',
      summary: 'a to 1',
      requestedBy: 'ben',
    };
    const claim = async () => (await stage.access.ClaimApproval(wanted, CALL)).state;
    expect(await claim()).toBe('pending');
    expect(await claim()).toBe('pending');
    await setUp(stage);
    const { accessToken } = await login(stage);
    const { secret } = await enrol(stage, accessToken);
    await stage.access.StepUp({ code: codeOf(stage, secret) }, bearer(accessToken));
    const as = bearer(accessToken);
    const { approvals } = await stage.access.ListApprovals({ all: false }, as);
    const { approvalId = '' } = approvals[0] ?? {};
    await stage.access.DecideApproval({ approvalId, approve: true }, as);
    expect(await claim()).toBe('granted');
    expect(await claim()).toBe('pending');
    // Nobody approves what they want themselves.
    const own = { ...wanted, requestedBy: 'ann' };
    const mine = await stage.access.ClaimApproval(own, CALL);
    const decided = stage.access.DecideApproval({ approvalId: mine.approvalId, approve: true }, as);
    await expect(decided).rejects.toMatchObject({ code: 'ACCESS_INVALID' });
    await stage.close();
  });
});
