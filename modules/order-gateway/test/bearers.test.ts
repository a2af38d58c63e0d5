import { Secret } from '@ats/domain';
import { silentLogger } from '@ats/testkit';
import { Bearers } from '../src/app/bearers.ts';
import { TokenBook } from '../src/domain/permissions.ts';

const CONFIGURED = 'a-token-of-the-configuration-0123456789';
const person = {
  ...{ active: true, name: 'ann', sessionId: 's1', accounts: ['main'], expiresAtUs: 5 },
};

function bearers(introspect: ConstructorParameters<typeof Bearers>[0]['introspect']): Bearers {
  const token = { name: 'robot', token: new Secret(CONFIGURED), accounts: ['*'] };
  const tokens = new TokenBook([{ ...token, actions: ['*'] }]);
  return new Bearers({ tokens, introspect, logger: silentLogger() });
}

describe('whoever shows a token', () => {
  it('is a person with what the role allows, for the accounts of that person', async () => {
    const viewer = await bearers(async () => ({ ...person, role: 'viewer' })).find('a.b.c');
    expect([viewer?.may('orders.read'), viewer?.may('orders.submit')]).toEqual([true, false]);
    expect([viewer?.owns('main'), viewer?.owns('other')]).toEqual([true, false]);
    const trader = await bearers(async () => ({ ...person, role: 'trader' })).find('a.b.c');
    expect([trader?.may('orders.submit'), trader?.expiresAtUs]).toEqual([true, 5]);
    expect(trader).toMatchObject({ kind: 'user', sessionId: 's1', role: 'trader' });
    const none = await bearers(async () => ({ ...person, role: 'constructor' })).find('a.b.c');
    expect(none?.may('orders.read')).toBe(false);
  });

  it('is nobody when the token is not good, or when nobody says whose it is', async () => {
    const bad = bearers(async () => ({ ...person, role: 'administrator', active: false }));
    expect(await bad.find('a.b.c')).toBeUndefined();
    const down = bearers(() => Promise.reject(new Error('down')));
    expect(await down.find('a.b.c')).toBeUndefined();
  });

  it('is known by a token of the configuration while nobody else answers', async () => {
    const down = bearers(() => Promise.reject(new Error('down')));
    expect((await down.find(CONFIGURED))?.name).toBe('robot');
    expect(await down.find(`${CONFIGURED}x`)).toBeUndefined();
  });
});
