import { TryLimit } from '../src/index.ts';

it('says when it forgets a name, which may then be guessed at without delay', () => {
  let forgotten = 0;
  const tries = new TryLimit({
    ...{ freeTries: 0, delayMs: 1000, delayMsMax: 8000, namesMax: 2 },
    onForgotten: () => {
      forgotten += 1;
    },
  });
  for (const name of ['ann', 'bob']) tries.wrong(name, 0);
  expect([forgotten, tries.waitMs('ann', 0)]).toEqual([0, 1000]);
  tries.wrong('cy', 0);
  expect([forgotten, tries.waitMs('ann', 0)]).toEqual([1, 0]);
});
