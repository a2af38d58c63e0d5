import { type Alert, makeAlert } from '@ats/domain';
import type { FlattenState } from '../domain/flatten/flatten-state.ts';
import type { Telling } from './flatten-store.ts';

type Said = Pick<Alert, 'severity' | 'summary' | 'action' | 'remedy'> & Partial<Alert>;

function telling({ sinceUs, flattenId }: FlattenState, change: string, said: Said): Telling {
  const alert = makeAlert({
    key: 'risk.flatten',
    area: 'risk',
    runbook: 'trading-halted',
    raisedAtUs: sinceUs,
    correlationId: flattenId,
    ...said,
  });
  return { alert, change };
}

export const begunTelling = (state: FlattenState): Telling =>
  telling(state, 'raised', {
    severity: 'warning',
    summary: 'What is open is being closed.',
    action: 'Open trades are unwound, open orders cancelled, positions closed slice by slice.',
    remedy: 'Say "ats resume --to halted" to end it where it is.',
  });

/** @param waits what cannot be closed, and why */
export const stuckTelling = (state: FlattenState, waits: readonly string[]): Telling =>
  telling(state, `stuck:${state.version}`, {
    severity: 'critical',
    summary: `Not everything can be closed now: ${waits.join('; ')}.`,
    action: 'It is tried again all the time; everything else is closed.',
    remedy: 'See to what is named, or close it at the venue by hand.',
  });

/** How a flatten ended: everything closed, or not. @param left what is open still */
export function endTelling(
  state: FlattenState,
  end: {
    readonly flat: boolean;
    readonly left: readonly string[];
    readonly numeraire: string;
    readonly nowUs: number;
  },
): Telling {
  const { flat, left, numeraire, nowUs } = end;
  const cost = `${state.cost.round(2, 'half-even')} ${numeraire}`;
  const rest = left.length === 0 ? 'nothing' : left.join(', ');
  const summary = flat
    ? `Everything is closed; too little for a venue: ${rest}.`
    : `Closing was ended before everything was closed; open: ${rest}.`;
  return telling(state, flat ? 'flat' : 'ended', {
    severity: flat ? 'warning' : 'critical',
    summary: `${summary} It took ${state.orders} orders and cost ${cost}, fees included.`,
    action: '',
    remedy: flat ? '' : 'Look at the positions before trading goes on.',
    facts: { cost, orders: String(state.orders), left: left.join(', ') },
    resolvedAtUs: nowUs,
  });
}
