import { ok, runChecks } from '../../src/doctor/findings.ts';

describe('checks', () => {
  it('run at once, each within its time, in their order', async () => {
    const never = { name: 'silent', run: () => new Promise<never>(() => undefined) };
    const thrown = {
      name: 'broken',
      run: () => Promise.reject(new Error('fetch failed', { cause: new Error('no route') })),
    };
    const good = { name: 'good', run: () => [ok('good', 'here')] };
    const findings = await runChecks([never, thrown, never, good], 50);
    expect(findings.map(({ check, state }) => `${check} ${state}`)).toEqual([
      ...['silent problem', 'broken problem', 'silent problem', 'good ok'],
    ]);
    expect(findings[1]?.detail).toBe('no route');
    expect(findings.every(({ state, remedy }) => state === 'ok' || remedy)).toBe(true);
  });
});
