import { describe, expect, it } from '@jest/globals';
import { muteOver, weekdayWords } from '../src/text/notifying.ts';

type Mute = Parameters<typeof muteOver>[0][number];
type Alert = Parameters<typeof muteOver>[1];

const alertOf = (changes: object = {}) =>
  ({
    ...{ key: 'venue.down:kraken', area: 'ALERT_AREA_SYSTEM', severity: 'SEVERITY_CRITICAL' },
    ...changes,
  }) as Alert;
const mute = (muteId: string, changes: object): Mute =>
  ({
    ...{ muteId, key: '', area: 'ALERT_AREA_UNSPECIFIED', personId: '', untilUs: 0 },
    ...changes,
  }) as Mute;

describe('days of quiet hours', () => {
  it('are said as people say them, in their language', () => {
    expect(weekdayWords([1, 2, 3, 4, 5], 'en')).toBe('Mon–Fri');
    expect(weekdayWords([6, 7], 'en')).toBe('Sat, Sun');
    expect(weekdayWords([7, 1, 3, 4, 5], 'en')).toBe('Mon, Wed–Fri, Sun');
    expect(weekdayWords([1, 2, 3], 'ko')).toBe('월–수');
  });

  it('are not named when they are all', () => {
    expect([weekdayWords([], 'en'), weekdayWords([1, 2, 3, 4, 5, 6, 7], 'en')]).toEqual(['', '']);
  });
});

describe('the mute over an alert', () => {
  const ofKey = mute('key', { key: 'venue.down:kraken', untilUs: 50 });
  const ofArea = mute('area', { area: 'ALERT_AREA_SYSTEM' });

  it('is one of its key or its area that has not ended, and for everybody', () => {
    expect(muteOver([ofKey], alertOf(), 40)?.muteId).toBe('key');
    expect(muteOver([ofKey], alertOf(), 50)).toBeUndefined();
    expect(muteOver([ofKey], alertOf({ key: 'other' }), 40)).toBeUndefined();
    expect(muteOver([{ ...ofKey, personId: 'ann' }], alertOf(), 40)).toBeUndefined();
    expect(muteOver([ofArea], alertOf(), 40)?.muteId).toBe('area');
    expect(muteOver([ofArea], alertOf({ area: 'ALERT_AREA_RISK' }), 40)).toBeUndefined();
  });

  it('is never one of an area for an emergency', () => {
    const worst = alertOf({ severity: 'SEVERITY_EMERGENCY' });
    expect(muteOver([ofArea], worst, 40)).toBeUndefined();
    expect(muteOver([ofKey, ofArea], worst, 40)?.muteId).toBe('key');
  });

  it('without an end goes before one with it, and a later end before an earlier', () => {
    const later = { ...ofKey, muteId: 'later', untilUs: 60 };
    expect(muteOver([ofKey, later], alertOf(), 40)?.muteId).toBe('later');
    expect(muteOver([ofKey, ofArea, later], alertOf(), 40)?.muteId).toBe('area');
  });
});
