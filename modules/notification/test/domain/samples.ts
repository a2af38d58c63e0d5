import { type Alert, makeAlert, SEVERITIES } from '@ats/domain';
import fc from 'fast-check';
import type { Mute } from '../../src/domain/mute.ts';
import type { Person } from '../../src/domain/person.ts';
import type { Rule } from '../../src/domain/rule.ts';

/** Some day in 2026, microseconds since the epoch. */
export const DAY_US = 1_780_000_000_000_000;

export function alertOf(said: Partial<Alert> = {}): Alert {
  return makeAlert({
    ...{ key: 'venue.down:kraken', severity: 'critical', area: 'system', summary: 'It is down' },
    raisedAtUs: DAY_US,
    ...said,
  });
}

export function personOf(said: Partial<Person> = {}): Person {
  return {
    ...{ personId: 'ann', name: 'Ann', locale: 'en', zone: 'UTC', digestAt: '08:00' },
    ...{ addresses: { email: 'ann@example.com' }, quietHours: [] },
    ...said,
  };
}

export function ruleOf(said: Partial<Rule> = {}): Rule {
  return {
    ...{ ruleId: 'rule-1', personId: 'ann', channel: 'email', severityMin: 'info' },
    ...{ frequency: 'immediate', escalateTo: [], acknowledgeWithinS: 0 },
    ...said,
  };
}

export function muteOf(said: Partial<Mute> = {}): Mute {
  return { muteId: 'mute-1', actor: 'ann', reason: '', mutedAtUs: DAY_US, ...said };
}

export const severities = fc.constantFrom(...SEVERITIES);
const twoDigits = (value: number): string => String(value).padStart(2, '0');
export const timesOfDay = fc
  .tuple(fc.nat(23), fc.nat(59))
  .map(([hour, minute]) => `${twoDigits(hour)}:${twoDigits(minute)}`);
export const zones = fc.constantFrom(
  'UTC',
  'Asia/Seoul',
  'Europe/Berlin',
  'America/New_York',
  'Australia/Lord_Howe',
  'America/Sao_Paulo',
);
/** Moments of some years, with every change of summer time in them. */
export const moments = fc
  .integer({ min: 1_700_000_000, max: 1_900_000_000 })
  .map((seconds) => seconds * 1_000_000);
