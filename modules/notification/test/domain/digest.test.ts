import { withAlert } from '../../src/domain/condition.ts';
import { digestOf, HOUR_US } from '../../src/domain/digest.ts';
import { alertOf } from './samples.ts';

const at = (hour: number): number => Math.floor(1_780_000_000_000_000 / HOUR_US + hour) * HOUR_US;

describe('a digest', () => {
  const span = { fromUs: at(0), toUs: at(24) };
  const tally = (hour: number, raised: Record<string, number>, delivered = 0, dead = 0) => ({
    ...{ hourUs: at(hour), raised, delivered, dead },
  });

  it('counts what is in its span, by area and severity, and by hour', () => {
    const tallies = [
      tally(-2, { 'risk:critical': 100 }),
      tally(0, { 'risk:critical': 1, 'system:info': 2 }, 3, 1),
      tally(23, { 'risk:critical': 4 }, 5),
      tally(24, { 'risk:critical': 100 }),
    ];
    const digest = digestOf(span, tallies, []);
    expect(digest).toMatchObject({ delivered: 8, dead: 1, openCount: 0 });
    expect(digest.raised.find(({ area }) => area === 'risk')?.counts.critical).toBe(5);
    expect(digest.raised.find(({ area }) => area === 'system')?.counts.info).toBe(2);
    expect(digest.byHour).toHaveLength(24);
    expect(digest.byHour.at(0)?.count).toBe(3);
    expect(digest.byHour.at(-1)?.count).toBe(4);
  });

  it('names the conditions that have stood longest', () => {
    const conditions = Array.from({ length: 9 }, (_, index) => {
      const ended = index === 0 ? { resolvedAtUs: at(3) } : {};
      const alert = alertOf({ key: `key:${index}`, raisedAtUs: at(2 + index), ...ended });
      return withAlert(undefined, alert, { rules: [], nowUs: at(2) });
    });
    const { open, openCount } = digestOf(span, [], conditions.reverse());
    expect(openCount).toBe(8);
    expect(open.map(({ key }) => key)).toEqual(['key:1', 'key:2', 'key:3', 'key:4', 'key:5']);
    expect(open[0]?.openUs).toBe(21 * HOUR_US);
  });
});
