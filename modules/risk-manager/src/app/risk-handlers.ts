import { reasonToWire, type WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Logger, RpcHandlers } from '@ats/runtime';
import type { HaltSwitch } from './halt-switch.ts';
import type { Portfolio } from './portfolio.ts';
import type { RiskDesk } from './risk-desk.ts';

type RiskHandlers = RpcHandlers<WireServices['ats.risk.v1.RiskService']>;

/** A question with this id asks only whether risk is there. */
const PROBE_ID = 0;
/** Longest reason or actor taken, in characters. */
const TEXT_LENGTH_MAX = 500;

function requiredText(field: string, text: string): string {
  if (text.trim() !== '' && text.length <= TEXT_LENGTH_MAX) return text;
  const shown = text.slice(0, 50);
  throw new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: `${field} is "${shown}", expected 1 to ${TEXT_LENGTH_MAX} characters`,
    remedy: `Say ${field === 'actor' ? 'who asks' : 'why'}, for the record.`,
    context: { field, value: shown },
  });
}

export interface RiskHandlerParts {
  readonly desk: RiskDesk;
  readonly halts: HaltSwitch;
  readonly resumePersons: number;
  /** Absent where there is no log and no store. */
  readonly portfolio: Portfolio | undefined;
  readonly logger: Logger;
}

function whole(portfolio: Portfolio | undefined): Portfolio {
  if (portfolio !== undefined) return portfolio;
  throw new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: 'this risk manager keeps no positions: it has no log and no store',
    remedy: 'Start it with its stores.',
  });
}

/** The risk service's contract, answered by a desk and the halt switch. */
export function riskHandlers(parts: RiskHandlerParts): RiskHandlers {
  const { desk, halts, resumePersons, portfolio, logger } = parts;
  return {
    CheckOpportunity: (question) => desk.answer(question),
    CheckOpportunityStream: (peer) => ({
      onMessage({ correlationId, ...question }) {
        if (correlationId === PROBE_ID) {
          peer.send({ correlationId, decision: null, approval: '' });
          return;
        }
        peer.send({ correlationId, ...desk.answer(question) });
      },
      onClosed() {},
    }),
    CheckOrders: (request) => desk.answerOrders(request),
    GetRiskStatus: () => ({
      halted: halts.halt !== undefined,
      haltReason: halts.halt?.reason ?? '',
      haltedBy: halts.halt?.actor ?? '',
      haltedAtUs: halts.halt?.atUs ?? 0,
      resumeActors: halts.state.resumes.map(({ actor }) => actor),
      resumePersons,
      decisions: [...desk.decisions]
        .filter(([, count]) => count > 0)
        .map(([reason, count]) => ({ reason: reasonToWire(reason), count })),
      rateAvailable: desk.rateAvailable,
    }),
    GetPositions: async (request) => {
      return { positions: [...(await whole(portfolio).list(request))] };
    },
    GetPnL: () => whole(portfolio).profit(),
    async Halt(request, { correlationId }) {
      const reason = requiredText('reason', request.reason);
      const actor = requiredText('actor', request.actor);
      logger.warn('risk.halted', 'trading is halted', { reason, actor, correlationId });
      await halts.stop({ reason, actor });
      return {};
    },
    async Resume(request, { correlationId }) {
      const reason = requiredText('reason', request.reason);
      const actor = requiredText('actor', request.actor);
      const { halt, resumes } = await halts.resume({ reason, actor });
      const fields = { reason, actor, correlationId, halted: halt !== undefined };
      logger.warn('risk.resumed', 'a person wants trading to go on', fields);
      const personsMissing = halt === undefined ? 0 : resumePersons - resumes.length;
      return { halted: halt !== undefined, personsMissing };
    },
  };
}
