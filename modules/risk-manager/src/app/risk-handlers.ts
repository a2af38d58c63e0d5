import { reasonToWire, type WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { Logger, RpcHandlers } from '@ats/runtime';
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

/** The risk service's contract, answered by a desk. */
export function riskHandlers(desk: RiskDesk, logger: Logger): RiskHandlers {
  return {
    CheckOpportunity: ({ opportunity }) => ({ decision: desk.answer(opportunity) }),
    CheckOpportunityStream: (peer) => ({
      onMessage({ correlationId, opportunity }) {
        if (correlationId === PROBE_ID) {
          peer.send({ correlationId, decision: null });
          return;
        }
        peer.send({ correlationId, decision: desk.answer(opportunity) });
      },
      onClosed() {},
    }),
    GetRiskStatus: () => ({
      halted: desk.halt !== undefined,
      haltReason: desk.halt?.reason ?? '',
      haltedBy: desk.halt?.actor ?? '',
      haltedAtUs: desk.halt?.atUs ?? 0,
      decisions: [...desk.decisions]
        .filter(([, count]) => count > 0)
        .map(([reason, count]) => ({ reason: reasonToWire(reason), count })),
      rateAvailable: desk.rateAvailable,
    }),
    Halt(request, { correlationId }) {
      const reason = requiredText('reason', request.reason);
      const actor = requiredText('actor', request.actor);
      desk.stopTrading({ reason, actor });
      logger.warn('risk.halted', 'trading is halted', { reason, actor, correlationId });
      return {};
    },
    Resume(request, { correlationId }) {
      const reason = requiredText('reason', request.reason);
      const actor = requiredText('actor', request.actor);
      desk.resumeTrading();
      logger.warn('risk.resumed', 'trading is not halted', { reason, actor, correlationId });
      return {};
    },
  };
}
