import { withAlert } from '../../src/domain/condition.ts';
import { alertFigures, HOUR_US } from '../../src/domain/digest.ts';
import { QUARTER_US } from '../../src/domain/trade-tally.ts';
import { alertOf } from './samples.ts';

const at = (hour: number): number => Math.floor(1_780_000_000_000_000 / HOUR_US + hour) * HOUR_US;

describe('the alerts of a digest', () => {
  const span = { fromUs: at(0), toUs: at(24) };
  const counts = (quarterUs: number, raised: Record<string, number>, delivered = 0, dead = 0) => ({
    ...{ quarterUs, raised, delivered, dead },
  });

  it('are counted by area and severity, from the first quarter of the span to the last', () => {
    const quarters = [
      counts(at(0) - QUARTER_US, { 'risk:critical': 100 }),
      counts(at(0), { 'risk:critical': 1, 'system:info': 2 }, 3, 1),
      counts(at(24) - QUARTER_US, { 'risk:critical': 4 }, 5),
      counts(at(24), { 'risk:critical': 100 }),
    ];
    const { raised, ...rest } = alertFigures(span, quarters, []);
    expect(rest).toMatchObject({ delivered: 8, dead: 1, openCount: 0 });
    expect(raised.find(({ area }) => area === 'risk')?.counts.critical).toBe(5);
    expect(raised.find(({ area }) => area === 'system')?.counts.info).toBe(2);
  });

  it('name the conditions that have stood longest', () => {
    const conditions = Array.from({ length: 9 }, (_, index) => {
      const ended = index === 0 ? { resolvedAtUs: at(3) } : {};
      const alert = alertOf({ key: `key:${index}`, raisedAtUs: at(2 + index), ...ended });
      return withAlert(undefined, alert, { rules: [], nowUs: at(2) });
    });
    const { open, openCount } = alertFigures(span, [], conditions.reverse());
    expect(openCount).toBe(8);
    expect(open.map(({ key }) => key)).toEqual(['key:1', 'key:2', 'key:3', 'key:4', 'key:5']);
    expect(open[0]?.openUs).toBe(21 * HOUR_US);
  });
});
