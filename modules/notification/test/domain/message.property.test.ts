import { isAtLeast } from '@ats/domain';
import fc from 'fast-check';
import {
  alertCount,
  ENTRIES_MAX,
  fold,
  openMessage,
  severityOf,
  shortened,
  soonUs,
} from '../../src/domain/message.ts';
import { alertOf, DAY_US, severities } from './samples.ts';

const begin = () =>
  openMessage({
    ...{ personId: 'ann', channel: 'email', group: 'immediate', nowUs: DAY_US, dueAtUs: DAY_US },
    firstDeliveryId: 'first',
  });

const alerts = fc.array(
  fc
    .record({ severity: severities, number: fc.nat(60), over: fc.boolean() })
    .map(({ severity, number, over }) =>
      alertOf({
        ...{ severity, key: `key:${number}` },
        ...(over ? { resolvedAtUs: DAY_US + 1 } : {}),
      }),
    ),
  { maxLength: 80 },
);

describe('a folded message', () => {
  it('counts every alert, tells some one by one, and never leaves out what is worse', () => {
    fc.assert(
      fc.property(alerts, (all) => {
        const distinct = all.filter(
          ({ alertId }, index) => all.findIndex((one) => one.alertId === alertId) === index,
        );
        const message = distinct.reduce(
          (before, alert, index) =>
            fold(before, { deliveryId: `d${index}`, alert, ruleId: '', state: 'raised' }),
          begin(),
        );
        expect(alertCount(message)).toBe(distinct.length);
        expect(message.entries).toHaveLength(Math.min(ENTRIES_MAX, distinct.length));
        const kept = new Set(message.entries.map(({ alert }) => alert.alertId));
        const left = distinct.filter(({ alertId }) => !kept.has(alertId));
        for (const out of left) {
          for (const { alert } of message.entries) {
            expect(isAtLeast(alert.severity, out.severity)).toBe(true);
          }
        }
        const standing = distinct.filter(({ resolvedAtUs }) => resolvedAtUs === undefined);
        const worst = severityOf(message);
        for (const { severity } of standing)
          expect(isAtLeast(worst ?? 'info', severity)).toBe(true);
        expect(worst === undefined).toBe(standing.length === 0);
      }),
    );
  });

  it('tells what recovers while it waits in one line', () => {
    const entry = { deliveryId: 'd', alert: alertOf(), ruleId: '', state: 'raised:critical' };
    const over = { ...entry, alert: alertOf({ resolvedAtUs: DAY_US + 1 }), state: 'recovered' };
    const message = fold(fold(begin(), entry), over);
    expect(message.entries).toHaveLength(1);
    expect(message.counts).toMatchObject({ critical: 0, recovered: 1 });
  });

  it('stays small, whatever is in its alerts', () => {
    const long = '가'.repeat(100_000);
    const facts = Object.fromEntries(
      Array.from({ length: 500 }, (_, at) => [`${at}${long}`, long]),
    );
    let message = begin();
    for (let number = 0; number < 100; number += 1) {
      const alert = alertOf({
        key: `key:${number}`,
        summary: long,
        action: long,
        remedy: long,
        facts,
      });
      message = fold(message, {
        deliveryId: `d${number}`,
        alert: shortened(alert),
        ruleId: '',
        state: 'raised',
      });
    }
    expect(Buffer.byteLength(JSON.stringify(message))).toBeLessThan(300_000);
  });
});

describe('a message that is wanted at once', () => {
  const limits = { messagesMax: 3, windowUs: 1000, foldUs: 10 };

  it('is due soon, and in a flood once the window has room', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(2000), { maxLength: 10 }), fc.nat(2000), (times, ago) => {
        const sent = times.map((one) => DAY_US - one).sort((one, other) => one - other);
        const nowUs = DAY_US + ago;
        const due = soonUs(sent, nowUs, limits);
        expect(due).toBeGreaterThanOrEqual(nowUs + limits.foldUs);
        expect(due).toBeLessThanOrEqual(nowUs + limits.windowUs + limits.foldUs);
        const within = sent.filter((atUs) => atUs > due - limits.windowUs);
        expect(within.length).toBeLessThan(limits.messagesMax);
      }),
    );
  });
});
