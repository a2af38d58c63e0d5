import type { Outcome } from '@ats/runtime';
import { withoutSecrets } from '@ats/security';
import { until } from '@ats/testkit';
import { alertOf, CALL, PERSON, RULE, Stage, WAIT, webhookChannel } from './stage.ts';

const HOOK = 'https://hooks.example.com/services/T0/secret-path?key=secret-key';
const MUTE = {
  ...{ muteId: '', key: 'venue.down:1', area: 'ALERT_AREA_UNSPECIFIED' as const, personId: '' },
  ...{ untilUs: 0, actor: 'ann', reason: 'known', mutedAtUs: 0 },
};

describe('what people change of notifications', () => {
  let stage: Stage;
  beforeEach(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.close());

  it('is told before and after, without the secrets in addresses', async () => {
    const outcomes: Outcome[] = [];
    const onOutcome = (outcome: Outcome) => void outcomes.push(outcome);
    const client = await stage.start({ hook: webhookChannel }, { onOutcome });
    const last = () => {
      const { before, after } = outcomes.at(-1)?.change ?? {};
      return { before, after };
    };

    const person = { ...PERSON, addresses: { hook: HOOK } };
    await client.PutPerson({ person }, CALL);
    expect(last()).toMatchObject({ before: undefined, after: { personId: 'ann' } });
    const written = withoutSecrets(last().after);
    expect(written).toContain('https://hooks.example.com/***');
    expect(written).not.toContain('secret-');
    const quietHours = [{ from: '22:00', to: '07:00', weekdays: [] }];
    await client.PutPerson({ person: { ...person, quietHours } }, CALL);
    expect(last()).toMatchObject({ before: { quietHours: [] }, after: { quietHours } });

    const { rule } = await client.PutRule({ rule: RULE }, CALL);
    const ruleId = rule?.ruleId ?? '';
    await client.PutRule({ rule: { ...RULE, ruleId, severityMin: 'SEVERITY_CRITICAL' } }, CALL);
    expect(last()).toMatchObject({
      before: { severityMin: 'info' },
      after: { severityMin: 'critical' },
    });
    await client.RemoveRule({ ruleId }, CALL);
    expect(last()).toMatchObject({ before: { ruleId }, after: undefined });

    const { mute } = await client.PutMute({ mute: MUTE }, CALL);
    const { mute: again } = await client.PutMute({ mute: { ...MUTE, reason: 'still' } }, CALL);
    expect(again?.muteId).toBe(mute?.muteId);
    expect(last()).toMatchObject({ before: { reason: 'known' }, after: { reason: 'still' } });
    await client.RemoveMute({ muteId: mute?.muteId ?? '' }, CALL);
    expect(last()).toMatchObject({ before: { reason: 'still' }, after: undefined });
    await client.RemovePerson({ personId: 'ann' }, CALL);
    expect(last()).toMatchObject({ before: { personId: 'ann' }, after: undefined });

    await stage.raise(alertOf(1));
    const open = async () => (await client.ListConditions({ openOnly: true }, CALL)).conditions;
    await until(async () => (await open()).length === 1, WAIT);
    await client.Acknowledge({ key: 'venue.down:1', actor: 'ann' }, CALL);
    expect(last()).toEqual({ before: {}, after: { acknowledgedBy: 'ann' } });
  });
});
