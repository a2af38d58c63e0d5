import { reasonToWire, type WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Clock, Logger, RpcHandlers, Tracer } from '@ats/runtime';
import { haltHandlers, haltStatus } from './halt-handlers.ts';
import type { HaltSwitch } from './halt-switch.ts';
import type { SecondPerson } from './persons.ts';
import type { Portfolio } from './portfolio.ts';
import { ownOf } from './position-wire.ts';
import type { RiskDesk } from './risk-desk.ts';
import { tracedAnswers } from './traced-answers.ts';
import { type RiskWatch, watchHandlers } from './watch-handlers.ts';

type RiskHandlers = RpcHandlers<WireServices['ats.risk.v1.RiskService']>;

/** A question with this id asks only whether risk is there. */
const PROBE_ID = 0;
export interface RiskHandlerParts {
  readonly desk: RiskDesk;
  readonly halts: HaltSwitch;
  readonly resumePersons: number;
  /** Absent where there is no log and no store. */
  readonly portfolio: Portfolio | undefined;
  /** Absent as well there. */
  readonly watch: RiskWatch | undefined;
  readonly logger: Logger;
  readonly secondPerson: SecondPerson;
  readonly clock: Clock;
  readonly tracer?: Tracer;
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
  const { desk, halts, resumePersons, portfolio } = parts;
  const answer = tracedAnswers(desk, parts);
  return {
    ...watchHandlers(parts.watch, parts.secondPerson),
    CheckOpportunity: (question) => answer(question),
    CheckOpportunityStream: (peer) => ({
      onMessage({ correlationId, ...question }) {
        if (correlationId === PROBE_ID) {
          peer.send({ correlationId, decision: null, approval: '' });
          return;
        }
        peer.send({ correlationId, ...answer(question) });
      },
      onClosed() {},
    }),
    ...haltHandlers(parts),
    CheckOrders: (request) => desk.answerOrders(request),
    PreviewOrders: (request) => desk.preview(request),
    GetRiskStatus: () => ({
      ...haltStatus(halts),
      resumePersons,
      decisions: [...desk.decisions]
        .filter(([, count]) => count > 0)
        .map(([reason, count]) => ({ reason: reasonToWire(reason), count })),
      rateAvailable: desk.rateAvailable,
    }),
    GetPositions: async (request, { caller }) => {
      const positions = await whole(portfolio).list(ownOf(caller, request));
      return { positions: [...positions] };
    },
    GetCountedFills: async ({ orderIds }) => {
      return { orders: await whole(portfolio).counted(orderIds) };
    },
    GetPnL: (request, { caller }) => whole(portfolio).report(ownOf(caller, request)),
  };
}
