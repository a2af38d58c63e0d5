import fc from 'fast-check';
import { type Window, wholeList } from '../../src/adapters/ccxt/whole-list.ts';

interface Told {
  readonly id: string;
  readonly timestamp: number;
}

const ORDERS = ['newest-first', 'oldest-first'] as const;

/** A venue that tells at most `cap` rows of a window, from one of its ends. */
const venueOf =
  (rows: readonly Told[], { order, cap }: { order: (typeof ORDERS)[number]; cap: number }) =>
  async ({ sinceMs, untilMs = Number.POSITIVE_INFINITY }: Window): Promise<readonly Told[]> => {
    const within = rows
      .filter(({ timestamp }) => timestamp >= sinceMs && timestamp <= untilMs)
      .toSorted((a, b) => a.timestamp - b.timestamp);
    return order === 'newest-first' ? within.slice(-cap) : within.slice(0, cap);
  };

const rowsOf = (times: readonly number[]): readonly Told[] =>
  times.map((timestamp, index) => ({ id: String(index), timestamp }));

const mostAtOnce = (rows: readonly Told[]): number => {
  const moments = Map.groupBy(rows, ({ timestamp }) => timestamp);
  return Math.max(0, ...[...moments.values()].map((together) => together.length));
};

const cut = (row: Told): Told => {
  return { ...row, timestamp: Math.floor(row.timestamp / 1000) * 1000 };
};

describe('a list that a venue tells in parts', () => {
  it('is whole, each row once, whichever end comes first', async () => {
    const times = fc.array(fc.integer({ min: 0, max: 300 }), { maxLength: 400 });
    const property = fc.asyncProperty(
      times,
      fc.integer({ min: 20, max: 60 }),
      fc.constantFrom(...ORDERS),
      async (all, cap, order) => {
        const rows = rowsOf(all);
        fc.pre(mostAtOnce(rows) < cap);
        let waits = 0;
        const pace = async () => {
          waits += 1;
        };
        let asked = 0;
        const venue = venueOf(rows, { order, cap });
        const tell = (window: Window) => {
          asked += 1;
          return venue(window);
        };
        const found = await wholeList(tell, { sinceMs: 100, order, limit: cap, pace });
        const expected = rows.filter(({ timestamp }) => timestamp >= 100);
        expect(found.map(({ id }) => id).toSorted()).toEqual(
          expected.map(({ id }) => id).toSorted(),
        );
        expect(waits).toBe(asked - 1);
      },
    );
    await fc.assert(property);
  });

  it('is whole where the venue tells whole seconds only', async () => {
    const times = fc.array(fc.integer({ min: 0, max: 9999 }), { maxLength: 200 });
    const property = fc.asyncProperty(times, fc.constantFrom(...ORDERS), async (all, order) => {
      const rows = rowsOf(all);
      const exact = venueOf(rows, { order, cap: 60 });
      const tell = async (window: Window) => (await exact(window)).map(cut);
      fc.pre(mostAtOnce(rows.map(cut)) < 60);
      const options = { order, limit: 60, resolutionMs: 1000, pace: async () => undefined };
      const found = await wholeList(tell, { sinceMs: 2000, ...options });
      const expected = rows.filter(({ timestamp }) => timestamp >= 2000);
      expect(found).toHaveLength(expected.length);
    });
    await fc.assert(property);
  });

  it('is whole where the venue tells less at once than it was asked for', async () => {
    const rows = rowsOf(Array.from({ length: 230 }, (_, index) => index));
    for (const order of ORDERS) {
      const tell = venueOf(rows, { order, cap: 50 });
      const found = await wholeList(tell, {
        ...{ sinceMs: 0, order, limit: 1000 },
        pace: async () => undefined,
      });
      expect(found).toHaveLength(rows.length);
    }
  });

  it.each(ORDERS)(
    'is refused when one moment fills all that is told at once, %s',
    async (order) => {
      const tell = venueOf(rowsOf(Array.from({ length: 60 }, () => 7)), { order, cap: 50 });
      const options = { sinceMs: 0, order, limit: 50, pace: async () => undefined };
      await expect(wholeList(tell, options)).rejects.toThrow('there may be more');
    },
  );
});
