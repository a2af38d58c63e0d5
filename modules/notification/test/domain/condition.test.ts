import fc from 'fast-check';
import {
  acknowledged,
  type Condition,
  escalate,
  nextEscalationUs,
  withAlert,
} from '../../src/domain/condition.ts';
import { planDeliveries } from '../../src/domain/plan.ts';
import { alertOf, DAY_US, ruleOf } from './samples.ts';

const rule = ruleOf({ escalateTo: ['ben', 'cleo'], acknowledgeWithinS: 60 });
const begin = (said = {}) => withAlert(undefined, alertOf(said), { rules: [rule], nowUs: DAY_US });
const MINUTE_US = 60_000_000;

describe('a condition', () => {
  it('tells one after the other while nobody acknowledges, each once', () => {
    let condition = begin();
    const told: string[] = [];
    for (let minute = 0; minute < 6; minute += 1) {
      const step = escalate(condition, DAY_US + minute * MINUTE_US);
      told.push(step.told?.personId ?? '');
      condition = step.condition;
    }
    expect(told).toEqual(['', 'ben', 'cleo', '', '', '']);
    expect(nextEscalationUs(condition)).toBeUndefined();
  });

  it('tells nobody more once it is acknowledged or has ended', () => {
    const later = DAY_US + 10 * MINUTE_US;
    expect(escalate(acknowledged(begin(), 'ann', DAY_US), later).told).toBeUndefined();
    const ended = alertOf({ resolvedAtUs: DAY_US + 1 });
    const over = withAlert(begin(), ended, { rules: [rule], nowUs: DAY_US });
    expect(escalate(over, later).told).toBeUndefined();
  });

  it('is nobody’s again when it worsens or is raised anew, and not when it is repeated', () => {
    const mine = acknowledged(begin(), 'ann', DAY_US);
    const after = (said: object): Condition =>
      withAlert(mine, alertOf(said), { rules: [rule], nowUs: DAY_US });
    expect(after({}).acknowledgedBy).toBe('ann');
    expect(after({ severity: 'warning' }).acknowledgedBy).toBe('ann');
    expect(after({ severity: 'emergency' }).acknowledgedBy).toBeUndefined();
    expect(after({ raisedAtUs: DAY_US + 1 })).toMatchObject({
      acknowledgedBy: undefined,
      raised: 2,
    });
  });

  it('is acknowledged by what the log says, but not for what it has worsened to since', () => {
    const acknowledgement = { actor: 'ann', reason: 'I look', atUs: DAY_US + 1 };
    const said = (changes = {}) => alertOf({ acknowledgement, ...changes });
    const about = { rules: [rule], nowUs: DAY_US + 2 };
    const mine = withAlert(begin(), said(), about);
    expect(mine).toMatchObject({ acknowledgedBy: 'ann', acknowledgedAtUs: DAY_US + 1, raised: 1 });
    expect(nextEscalationUs(mine)).toBeUndefined();
    expect(planDeliveries(said(), { people: new Map(), rules: [rule], mutes: [] }, 0)).toEqual([]);
    const worse = withAlert(begin(), alertOf({ severity: 'emergency' }), about);
    const late = withAlert(worse, said(), about);
    expect(late).toMatchObject({ acknowledgedBy: undefined, alert: { severity: 'emergency' } });
    const over = withAlert(begin(), alertOf({ resolvedAtUs: DAY_US + 1 }), about);
    expect(withAlert(over, said(), about)).toBe(over);
  });

  it('ends as its newest alert says, in whatever order the records of one alert come twice', () => {
    const raised = alertOf();
    const ended = alertOf({ resolvedAtUs: DAY_US + 5 });
    fc.assert(
      fc.property(fc.array(fc.constantFrom(raised, ended), { minLength: 1 }), (alerts) => {
        const last = alerts.reduce<Condition | undefined>(
          (before, alert) => withAlert(before, alert, { rules: [], nowUs: DAY_US }),
          undefined,
        );
        const isOver = alerts.includes(ended);
        expect(last?.alert.resolvedAtUs).toBe(isOver ? DAY_US + 5 : undefined);
        expect(last?.raised).toBe(1);
      }),
    );
  });
});
