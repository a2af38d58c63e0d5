import { virtualClock, virtualTimers } from '@ats/runtime';
import { ReplayTap } from '../../../src/app/parity/replay-tap.ts';
import type { InputRow } from '../../../src/domain/parity/session-rows.ts';

const verdictRow = (opportunityId: string, reason: string): InputRow =>
  ({ order: 1, atUs: 1, kind: 'verdict', opportunityId, reason, quantity: '' }) as InputRow;

const approved = (opportunityId: string) => ({
  decision: { opportunityId, reason: 'REASON_CODE_APPROVED', quantity: '1' },
});

describe('answers of risk in a replay', () => {
  const tap = new ReplayTap(virtualTimers(virtualClock(0)), [
    verdictRow('early', 'REASON_CODE_RISK_UNAVAILABLE'),
    verdictRow('refused', 'REASON_CODE_RISK_NOTIONAL_MAX'),
  ]);

  it('are given as they were where risk could not answer yet', () => {
    const { decision } = tap.verdict(approved('early'));
    expect(decision).toMatchObject({
      ...{ opportunityId: 'early', verdict: 'VERDICT_REFUSED', quantity: '' },
      reason: 'REASON_CODE_RISK_UNAVAILABLE',
    });
    expect(tap.verdicts).toEqual([]);
  });

  it('are computed otherwise, and told where they differ', () => {
    const answer = approved('refused');
    expect(tap.verdict(answer)).toBe(answer);
    expect(tap.verdicts).toMatchObject([
      { opportunityId: 'refused', live: 'REASON_CODE_RISK_NOTIONAL_MAX' },
    ]);
  });
});
