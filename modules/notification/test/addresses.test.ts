import type { Caller } from '@ats/runtime';
import { CALL, PERSON, Stage, webhookChannel } from './stage.ts';

const HOOK = 'https://hooks.example.com/services/T0/secret-path';

describe('where people are reached', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.close());

  it('is told to themselves and to whoever manages it; others see the channels alone', async () => {
    let caller: Partial<Caller> = { kind: 'user', name: 'root', role: 'administrator' };
    const client = await stage.start({ hook: webhookChannel }, { callerOf: () => caller });
    for (const personId of ['ann', 'bob']) {
      await client.PutPerson({ person: { ...PERSON, personId, addresses: { hook: HOOK } } }, CALL);
    }
    const told = async (as: Partial<Caller>) => {
      caller = { kind: 'user', ...as };
      const { people } = await client.ListPeople({}, CALL);
      return Object.fromEntries(people.map(({ personId, addresses }) => [personId, addresses]));
    };
    const all = { ann: { hook: HOOK }, bob: { hook: HOOK } };
    const annsOwn = { ann: { hook: HOOK }, bob: { hook: '' } };
    expect(await told({ name: 'ann', role: 'viewer' })).toEqual(annsOwn);
    expect(await told({ name: 'ann', role: 'trader' })).toEqual(annsOwn);
    expect(await told({ name: 'root', role: 'administrator' })).toEqual(all);
    expect(await told({ name: 'rita', role: 'risk-manager' })).toEqual(all);
    // A program that goes by a person's name is not that person.
    const nobodys = { ann: { hook: '' }, bob: { hook: '' } };
    expect(await told({ kind: 'service', name: 'ann', role: 'service' })).toEqual(nobodys);
  });
});
