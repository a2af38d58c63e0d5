import fc from 'fast-check';
import {
  nextHourUs,
  nextTimeOfDayUs,
  quietUntilUs,
  readableDuration,
  readableTime,
} from '../../src/domain/zoned-time.ts';
import { moments, timesOfDay, zones } from './samples.ts';

const HOUR_US = 3_600_000_000;
const us = (text: string): number => Date.parse(text) * 1000;

const spans = fc.record({
  from: timesOfDay,
  to: timesOfDay,
  weekdays: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 0, maxLength: 6 }),
});

describe('quiet hours', () => {
  const nights = [{ from: '22:00', to: '07:00', weekdays: [] }];

  it.each([
    ['2026-07-01T22:00:00+09:00', '2026-07-02T07:00:00+09:00'],
    ['2026-07-02T06:59:59+09:00', '2026-07-02T07:00:00+09:00'],
    ['2026-07-02T07:00:00+09:00', undefined],
    ['2026-07-02T21:59:59+09:00', undefined],
  ])('of a night in Seoul: at %s they end at %s', (now, end) => {
    const until = quietUntilUs({ quietHours: nights, zone: 'Asia/Seoul' }, us(now));
    expect(until).toBe(end === undefined ? undefined : us(end));
  });

  it('follow the clocks of the zone through the change of summer time', () => {
    const person = { quietHours: nights, zone: 'Europe/Berlin' };
    // The night of the change to summer time is an hour shorter.
    const begin = us('2026-03-28T22:00:00+01:00');
    expect(quietUntilUs(person, begin)).toBe(us('2026-03-29T07:00:00+02:00'));
  });

  it('begin on the days that are named, and reach into the next', () => {
    const person = { quietHours: [{ from: '20:00', to: '10:00', weekdays: [5] }], zone: 'UTC' };
    expect(quietUntilUs(person, us('2026-07-03T21:00:00Z'))).toBe(us('2026-07-04T10:00:00Z'));
    expect(quietUntilUs(person, us('2026-07-04T09:00:00Z'))).toBe(us('2026-07-04T10:00:00Z'));
    expect(quietUntilUs(person, us('2026-07-04T21:00:00Z'))).toBeUndefined();
  });

  it('end later than now, where it is not quiet any more', () => {
    fc.assert(
      fc.property(fc.array(spans, { maxLength: 3 }), zones, moments, (quietHours, zone, nowUs) => {
        const person = { quietHours, zone };
        const end = quietUntilUs(person, nowUs);
        if (end === undefined) return;
        expect(end).toBeGreaterThan(nowUs);
        // Whoever is quiet all week is told after a month.
        if (end < nowUs + 14 * 24 * HOUR_US) expect(quietUntilUs(person, end)).toBeUndefined();
      }),
    );
  });

  it('of nobody are never', () => {
    fc.assert(
      fc.property(zones, moments, (zone, nowUs) => {
        expect(quietUntilUs({ quietHours: [], zone }, nowUs)).toBeUndefined();
      }),
    );
  });
});

describe('the next moment of a kind', () => {
  it('is after now, within a day and an hour, and reads as asked for', () => {
    fc.assert(
      fc.property(timesOfDay, zones, moments, (timeOfDay, zone, nowUs) => {
        const next = nextTimeOfDayUs(nowUs, timeOfDay, zone);
        expect(next).toBeGreaterThan(nowUs);
        expect(next - nowUs).toBeLessThanOrEqual(25 * HOUR_US);
        // In the hour that summer time skips there is no such time.
        const read = readableTime(next, zone, 'en').slice(11, 16);
        const skipped = Math.abs(Number(read.slice(0, 2)) - Number(timeOfDay.slice(0, 2)));
        expect(read === timeOfDay || skipped <= 1).toBe(true);
      }),
    );
  });

  it('is the full hour, at most an hour away', () => {
    fc.assert(
      fc.property(zones, moments, (zone, nowUs) => {
        const next = nextHourUs(nowUs, zone);
        expect(next).toBeGreaterThan(nowUs);
        expect(next - nowUs).toBeLessThanOrEqual(HOUR_US);
        expect(readableTime(next, zone, 'en').slice(14, 19)).toMatch(/^(00|30):00$/);
      }),
    );
  });
});

describe('how long something lasted', () => {
  it.each([
    [0, 'en', '0 sec'],
    [59_600_000, 'en', '1 min'],
    [125_000_000, 'en', '2 min 5 sec'],
    [125_000_000, 'ko', '2분 5초'],
    [26 * HOUR_US + 61_000_000, 'en', '1 day 2 hr'],
  ])('%i us in %s is %s', (durationUs, locale, wanted) => {
    expect(readableDuration(durationUs, locale)).toBe(wanted);
  });
});
