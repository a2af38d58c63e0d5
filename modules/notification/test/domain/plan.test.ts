import fc from 'fast-check';
import type { Mute } from '../../src/domain/mute.ts';
import type { Person } from '../../src/domain/person.ts';
import { planDeliveries, planEscalation } from '../../src/domain/plan.ts';
import { FREQUENCIES, type Rule } from '../../src/domain/rule.ts';
import { alertOf, DAY_US, muteOf, personOf, ruleOf, severities } from './samples.ts';

function audience(parts: { people?: Person[]; rules?: Rule[]; mutes?: Mute[] } = {}) {
  const { people = [personOf()], rules = [ruleOf()], mutes = [] } = parts;
  return { people: new Map(people.map((one) => [one.personId, one])), rules, mutes };
}

const told = (alert: Parameters<typeof planDeliveries>[0], parts = {}) =>
  planDeliveries(alert, audience(parts), DAY_US).map(
    ({ personId, channel, timing }) => `${personId} ${channel} ${timing.kind}`,
  );

describe('who is told of an alert', () => {
  it('is the bell of everybody when there is nobody else', () => {
    expect(told(alertOf(), { people: [], rules: [] })).toEqual(['everybody bell now']);
    expect(told(alertOf(), { people: [] })).toEqual(['everybody bell now']);
  });

  it('is each person on each channel of a rule that matches, and their bell', () => {
    const rules = [ruleOf(), ruleOf({ channel: 'slack', frequency: 'batched' })];
    expect(told(alertOf(), { rules })).toEqual([
      'everybody bell now',
      'ann email immediate',
      'ann bell now',
      'ann slack batched',
    ]);
  });

  it.each<[string, Partial<Rule>, boolean]>([
    ['a severity that is reached', { severityMin: 'critical' }, true],
    ['a severity that is not', { severityMin: 'emergency' }, false],
    ['the area', { area: 'system' }, true],
    ['another area', { area: 'trade' }, false],
    ['the venue', { venue: 'kraken' as never }, true],
    ['another venue', { venue: 'upbit' as never }, false],
    ['an instrument that the alert has not', { instrument: 'BTC/USD' as never }, false],
  ])('follows %s', (_what, rule, matched) => {
    const alert = alertOf({ venue: 'kraken' as never });
    expect(told(alert, { rules: [ruleOf(rule)] }).length > 1).toBe(matched);
  });

  it('is told by the soonest of several rules, once on one channel', () => {
    const rules = FREQUENCIES.toReversed().map((frequency) => ruleOf({ frequency }));
    expect(told(alertOf(), { rules })).toContain('ann email immediate');
    expect(told(alertOf(), { rules })).toHaveLength(3);
  });

  it('is told now of an emergency, whatever the frequency', () => {
    const rules = [ruleOf({ frequency: 'daily' })];
    expect(told(alertOf({ severity: 'emergency' }), { rules })).toContain('ann email now');
    expect(told(alertOf(), { rules })).not.toContain('ann email now');
  });

  it('is not told of what is muted, later of what is snoozed, and then of emergencies too', () => {
    const key = 'venue.down:kraken';
    expect(told(alertOf(), { mutes: [muteOf({ key })] })).toEqual(['everybody bell now']);
    const untilUs = DAY_US + 1;
    const snoozed = ['everybody bell now', 'ann email snoozed', 'ann bell now'];
    expect(told(alertOf(), { mutes: [muteOf({ key, untilUs })] })).toEqual(snoozed);
    expect(told(alertOf(), { mutes: [muteOf({ key, untilUs: DAY_US })] })).toHaveLength(3);
    const area = [muteOf({ area: 'system' })];
    expect(told(alertOf({ severity: 'emergency' }), { mutes: area })).toContain('ann email now');
    expect(told(alertOf(), { mutes: [muteOf({ key, personId: 'ben' })] })).toHaveLength(3);
  });

  it('gets deliveries whose ids follow from alert, state, person and channel alone', () => {
    fc.assert(
      fc.property(severities, severities, fc.nat(5), fc.nat(5), (one, other, a, b) => {
        const ids = (severity: typeof one, raisedAtUs: number) =>
          planDeliveries(alertOf({ severity, raisedAtUs }), audience(), DAY_US).map(
            ({ deliveryId }) => deliveryId,
          );
        const [first, second] = [ids(one, a), ids(other, b)];
        expect(new Set(first).size).toBe(first.length);
        if (one === other && a === b) expect(first).toEqual(second);
        else expect(first.filter((id) => second.includes(id))).toEqual([]);
      }),
    );
  });

  it('by escalation is told wherever a rule says, or else wherever they are reached', () => {
    const ben = personOf({ personId: 'ben', addresses: { email: 'ben@example.com', phone: 'x' } });
    const to = { personId: 'ben', state: 'escalated:rule-1:0', nowUs: DAY_US };
    const channels = (rules: Rule[]) =>
      planEscalation(alertOf(), to, audience({ people: [ben], rules })).map((one) => one.channel);
    expect(channels([])).toEqual(['email', 'phone', 'bell']);
    expect(channels([ruleOf({ personId: 'ben' })])).toEqual(['email', 'bell']);
    expect(planEscalation(alertOf(), { ...to, personId: 'cleo' }, audience())).toEqual([]);
  });
});
