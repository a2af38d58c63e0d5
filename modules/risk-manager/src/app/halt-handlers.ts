import { haltModeFromWire, haltModeToWire, type WireServices } from '@ats/contracts';
import { AtsError, type HaltMode, isStricter } from '@ats/domain';
import type { Logger, RpcHandlers } from '@ats/runtime';
import { type Halt, supportersOf } from '../domain/halt.ts';
import type { HaltSwitch } from './halt-switch.ts';
import { AUTOMATIC, type SecondPerson } from './persons.ts';
import { requiredText } from './request-fields.ts';

type RiskHandlers = RpcHandlers<WireServices['ats.risk.v1.RiskService']>;

const said = (request: { readonly reason: string; readonly actor: string }) => ({
  reason: requiredText('reason', request.reason),
  actor: requiredText('actor', request.actor),
});

/** A resume to `flatten`, the strictest, would be none. */
function looserMode(to: HaltMode | undefined): HaltMode | undefined {
  if (to !== 'flatten') return to;
  throw new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: 'to is "flatten", expected reducing, halted or nothing',
    remedy: 'Use EmergencyHalt to flatten.',
    context: { field: 'to', value: to },
  });
}

/** Whether limits have halted by themselves, at first or on top of what a person did. */
const isAutomatic = ({ actor, changes }: Halt): boolean =>
  actor === AUTOMATIC || changes.some((step) => step.actor === AUTOMATIC);

/** For the access log. */
const modeOf = ({ halt }: Pick<HaltSwitch, 'halt'>) => ({ mode: halt?.mode ?? 'none' });

/** What risk's status says of the halt. */
export function haltStatus({ halt, state }: Pick<HaltSwitch, 'halt' | 'state'>) {
  const changes = (halt?.changes ?? []).map(({ mode, reason, actor, atUs }) => {
    return { mode: haltModeToWire(mode), reason, actor, atUs };
  });
  return {
    halted: halt !== undefined,
    haltReason: halt?.reason ?? '',
    haltedBy: halt?.actor ?? '',
    haltedAtUs: halt?.atUs ?? 0,
    mode: haltModeToWire(halt?.mode),
    changes,
    resumeActors: state.resumes.map(({ actor }) => actor),
  };
}

/** The part of the risk service's contract that halts and resumes. */
export function haltHandlers(parts: {
  readonly halts: HaltSwitch;
  readonly resumePersons: number;
  readonly logger: Logger;
  readonly secondPerson: SecondPerson;
}) {
  const { halts, resumePersons, logger, secondPerson } = parts;
  return {
    async EmergencyHalt(request, context) {
      const mode = haltModeFromWire('mode', request.mode) ?? 'halted';
      const why = said(request);
      const before = modeOf(halts);
      const { correlationId } = context;
      logger.warn('risk.halted', 'trading is halted', { ...why, mode, correlationId });
      await halts.stop({ ...why, mode });
      context.changed({ before, after: modeOf(halts) });
      return { mode: haltModeToWire(halts.halt?.mode) };
    },
    async ResumeTrading(request, context) {
      const to = looserMode(haltModeFromWire('to', request.to));
      const why = said(request);
      const { correlationId, caller } = context;
      const standing = halts.halt;
      if (standing !== undefined && isAutomatic(standing) && caller.kind !== 'service') {
        // Of this halt and no later one.
        const subject = JSON.stringify([standing.atUs, to ?? 'none']);
        const summary = `resume after: ${standing.reason}`;
        const wanted = { kind: 'risk.resume', subject, summary } as const;
        await secondPerson({ ...wanted, requestedBy: caller.name });
      }
      const before = modeOf(halts);
      const state = await halts.resume({ ...why, to });
      context.changed({ before, after: modeOf(halts) });
      const { halt } = state;
      const waits = isStricter(halt?.mode, to);
      const personsMissing = waits ? resumePersons - supportersOf(state, to).length : 0;
      const fields = { ...why, to: to ?? 'none', mode: halt?.mode ?? 'none', correlationId };
      logger.warn('risk.resumed', 'a person wants trading to go on', fields);
      return { halted: halt !== undefined, personsMissing, mode: haltModeToWire(halt?.mode) };
    },
  } satisfies Partial<RiskHandlers>;
}
