import fc from 'fast-check';
import { LifeNamer } from '../../src/domain/life-id.ts';

const numbers = fc.array(fc.maxSafeNat(), { minLength: 1, maxLength: 5 });

describe('the id of an edge', () => {
  test('is the same for the same subject and numbers, whatever was named before', () => {
    fc.assert(
      fc.property(fc.string(), numbers, numbers, (subject, before, asked) => {
        const used = new LifeNamer(subject);
        used.name(...before);
        const id = used.name(...asked);
        expect(id).toBe(new LifeNamer(subject).name(...asked));
        expect(id).toMatch(/^[0-9a-f]{24}$/);
      }),
    );
  });

  test('differs between neighbours in every number, and between subjects', () => {
    const ids = new Set<string>();
    let named = 0;
    for (const subject of ['kraken|BTC/USD', 'kraken|BTC/USDT', 'upbit|BTC/KRW']) {
      const namer = new LifeNamer(subject);
      for (let time = 0; time < 40; time += 1) {
        for (let sequence = 0; sequence < 40; sequence += 1) {
          for (const lives of [1, 2, 3]) {
            ids.add(namer.name(1_780_000_000_000_000 + time, sequence, 2 ** 52 + time, 7, lives));
            ids.add(namer.name(1_780_000_000_000_000 + time, 7, sequence * 2 ** 32, 7, lives));
            named += 2;
          }
        }
      }
    }
    // The same id twice among these would be a matter of one in 10^19.
    expect(ids.size).toBe(named);
  });
});
