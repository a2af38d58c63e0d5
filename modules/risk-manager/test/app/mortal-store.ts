import { AtsError } from '@ats/domain';
import type { RandomStream } from '@ats/runtime';
import type { StateStore } from '@ats/storage';

const killed = () =>
  new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'killed', retry: 'unknown' });

/** A store that dies before or after some transaction, and is not reached from then on. */
export function mortal(state: StateStore, random: RandomStream) {
  const life = { dead: false };
  const alive = <Value>(work: () => Promise<Value>) =>
    life.dead ? Promise.reject(killed()) : work();
  const store = {
    get: (key) => alive(() => state.get(key)),
    query: (query) => alive(() => state.query(query)),
    transact: (items) =>
      alive(async () => {
        const dies = random.next() < 0.15;
        life.dead = dies;
        if (dies && random.next() < 0.5) throw killed();
        const result = await state.transact(items);
        if (dies) throw killed();
        return result;
      }),
    health: () => state.health(),
  } as Partial<StateStore> as StateStore;
  return { life, store };
}
