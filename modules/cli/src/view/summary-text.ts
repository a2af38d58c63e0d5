import { Decimal } from '@ats/domain';
import type { UpSummary } from '../app/summary.ts';
import { count, sensible, signed, stopwatch, usdSeconds } from './format.ts';

/** The summary in a few lines, for a person who ended the live view. */
export function describeSummary(summary: UpSummary): string {
  const { opportunities, invariants, latencyUs } = summary;
  const venues = Object.values(summary.venues);
  const frames = count(venues.reduce((sum, venue) => sum + venue.frames, 0));
  const reasons = Object.entries(opportunities.byReason)
    .sort((a, b) => b[1] - a[1])
    .map(([reason, times]) => `${reason} ${count(times)}`);
  const ran = stopwatch(summary.durationMs);
  const { total, approved, refused } = opportunities;
  const { p50, p99 } = latencyUs.frameToRiskAnswer;
  return [
    `Ran ${ran} in mode ${summary.mode}: ${frames} frames from ${venues.length} venues.`,
    `Opportunities: ${count(total)} seen, ${count(approved)} approved, ${count(refused)} refused.`,
    ...(reasons.length === 0 ? [] : [`By reason: ${reasons.join(', ')}.`]),
    ...tradeLines(summary),
    `Frame to risk answer: p50 ${count(p50)} us, p99 ${count(p99)} us.`,
    invariants.ok
      ? 'All invariants held.'
      : `INVARIANTS BROKEN:\n${invariants.violations.map((line) => `  - ${line}`).join('\n')}`,
  ].join('\n');
}

function tradeLines({ trades, ledger, numeraire }: UpSummary): readonly string[] {
  const outcomes = Object.entries(trades.byOutcome).map(([state, times]) => {
    return `${state} ${count(times)}`;
  });
  const profits = Object.entries(ledger?.profit ?? {})
    .map(([asset, { net }]) => ({ asset, text: sensible(Decimal.parse(net)) }))
    .filter(({ text }) => text !== '0')
    .map(({ asset, text }) => `${text.startsWith('-') ? '' : '+'}${text} ${asset}`);
  const { quoted, realised } = trades.waterfall;
  const edge = `quoted ${signed(quoted, 2)}, realised ${signed(realised, 2)} ${numeraire}`;
  return [
    `Trades: ${count(trades.total)}${outcomes.length === 0 ? '' : `: ${outcomes.join(', ')}`}.`,
    `Edge: ${edge}. Unhedged: ${usdSeconds(trades.unhedgedUsdSeconds)}.`,
    ...(profits.length === 0 ? [] : [`Changed by fills, after fees: ${profits.join(', ')}.`]),
    ...(ledger === null
      ? []
      : [`Ledger: ${count(ledger.entries)} entries, ${ledger.balanced ? '' : 'NOT '}balanced.`]),
  ];
}
