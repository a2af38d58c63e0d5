import { AtsError } from '@ats/domain';
import { type CallContext, type Caller, type Change, openKillSwitch } from '@ats/runtime';
import { manualClock, silentLogger } from '@ats/testkit';
import { haltHandlers } from '../../src/app/halt-handlers.ts';
import { HaltSwitch } from '../../src/app/halt-switch.ts';
import { AUTOMATIC, type SecondPerson } from '../../src/app/persons.ts';

const clock = manualClock(1_790_000_000_000_000);
const ANN = { kind: 'user', name: 'ann', role: 'risk-manager' } as Caller;
const OVER = { actor: 'ann', reason: 'it is over', to: 'HALT_MODE_UNSPECIFIED' } as const;

function desk() {
  const logger = silentLogger();
  const killSwitch = openKillSwitch('/nowhere/kill-switch');
  const halts = new HaltSwitch({ store: undefined, killSwitch, resumePersons: 1, clock, logger });
  const asked: Parameters<SecondPerson>[0][] = [];
  const answer = { approved: false };
  const secondPerson: SecondPerson = async (wanted) => {
    asked.push(wanted);
    if (answer.approved) return;
    throw new AtsError({ code: 'ACCESS_APPROVAL_PENDING', message: 'wait' });
  };
  const changes: Change[] = [];
  const as = (caller: Caller): CallContext => {
    const changed = (change: Change) => void changes.push(change);
    return { caller, correlationId: 'c', changed } as Partial<CallContext> as CallContext;
  };
  const handlers = haltHandlers({ halts, resumePersons: 1, logger, secondPerson });
  return { halts, handlers, asked, answer, changes, as };
}

describe('resuming', () => {
  it('after a halt of the limits waits for a second person', async () => {
    const { halts, handlers, asked, answer, as } = desk();
    await halts.stop({ reason: 'lossPerDay', actor: AUTOMATIC });
    const resume = () => handlers.ResumeTrading(OVER, as(ANN));
    await expect(resume()).rejects.toMatchObject({ code: 'ACCESS_APPROVAL_PENDING' });
    expect(halts.halt).toBeDefined();
    expect(asked).toMatchObject([{ kind: 'risk.resume', requestedBy: 'ann' }]);
    answer.approved = true;
    expect(await resume()).toMatchObject({ halted: false });
    // An approval is of one halt: the next one is another subject.
    clock.advanceUs(1);
    await halts.stop({ reason: 'lossPerDay', actor: AUTOMATIC });
    await resume();
    expect(new Set(asked.map(({ subject }) => subject)).size).toBe(2);
  });

  it('after limits made the halt of a person stricter waits as well', async () => {
    const { halts, handlers, asked, as } = desk();
    await halts.stop({ reason: 'odd', actor: 'ben', mode: 'reducing' });
    await halts.stop({ reason: 'lossPerDay', actor: AUTOMATIC, mode: 'halted' });
    const resumed = handlers.ResumeTrading(OVER, as(ANN));
    await expect(resumed).rejects.toMatchObject({ code: 'ACCESS_APPROVAL_PENDING' });
    expect(asked).toHaveLength(1);
  });

  it('after a halt of a person asks nobody else, and says what it was before', async () => {
    const { handlers, asked, changes, as } = desk();
    const mode = 'HALT_MODE_REDUCING' as const;
    await handlers.EmergencyHalt({ actor: 'ann', reason: 'odd', mode }, as(ANN));
    expect(await handlers.ResumeTrading(OVER, as(ANN))).toMatchObject({ halted: false });
    expect(asked).toEqual([]);
    expect(changes).toEqual([
      { before: { mode: 'none' }, after: { mode: 'reducing' } },
      { before: { mode: 'reducing' }, after: { mode: 'none' } },
    ]);
  });
});
