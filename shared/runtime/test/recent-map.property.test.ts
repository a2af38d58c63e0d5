import fc from 'fast-check';
import { RecentMap } from '../src/index.ts';

/** What it is to do, in the plainest way: a list, oldest first. */
class Plain {
  list: [string, number][] = [];
  private readonly most: number;

  constructor(most: number) {
    this.most = most;
  }

  delete(key: string): void {
    this.list = this.list.filter(([one]) => one !== key);
  }

  set(key: string, value: number): number | undefined {
    this.delete(key);
    this.list.push([key, value]);
    return this.list.length > this.most ? this.list.shift()?.[1] : undefined;
  }
}

const key = fc.constantFrom(...'abcdefghij');
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('set'), key, value: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('delete'), key, value: fc.nat() }) },
);

it('keeps what was set last, whatever is set again or deleted', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 200 }), (most, all) => {
      const map = new RecentMap<string, number>({ most });
      const plain = new Plain(most);
      for (const one of all) {
        if (one.kind === 'delete') {
          map.delete(one.key);
          plain.delete(one.key);
        } else {
          expect(map.set(one.key, one.value)).toBe(plain.set(one.key, one.value));
        }
        const expected = new Map(plain.list);
        expect(map.size).toBe(expected.size);
        for (const letter of 'abcdefghij') {
          expect(map.get(letter)).toBe(expected.get(letter));
          expect(map.has(letter)).toBe(expected.has(letter));
        }
      }
    }),
  );
});
