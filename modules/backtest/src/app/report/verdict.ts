import type { RunMetrics } from '../../domain/metrics/run-metrics.ts';
import { DAY_US } from '../../domain/metrics/sampling.ts';
import { count, money, percent, ratio, signed, span } from './format.ts';

/** What a run comes to, in words: for whoever reads nothing else. */
export interface Verdict {
  readonly tone: 'earned' | 'lost' | 'nothing';
  /** One sentence. */
  readonly headline: string;
  /** Why, sentence by sentence; what took the edge, and what refused the rest. */
  readonly why: readonly string[];
}

/** Less than this share of equity either way is nothing: a tenth of a basis point. */
const NOTHING_SHARE = 1e-5;
const REASONS_NAMED = 3;

/** Says plainly what was earned, and why it was not more. */
export function verdictOf(metrics: RunMetrics, numeraire: string): Verdict {
  const { trading, trades, breakdown } = metrics;
  const earned = `${signed(money(trading.gain))} ${numeraire}`;
  const share = `${signed(percent(trading.totalReturn))} % of ${money(trading.start)}`;
  const in_ = `in ${span(metrics.spanUs)}`;
  const why = [...tradeLines(metrics, numeraire), ...refusals(metrics), ...cautions(metrics)];
  const seen = breakdown.reasons.reduce((sum, reason) => sum + reason.count, 0);
  if (trades.traded === 0) {
    const found = seen === 0 ? 'no opportunity was seen' : `${count(seen)} opportunities were seen`;
    return { tone: 'nothing', headline: `Nothing was traded ${in_}: ${found}.`, why };
  }
  if (Math.abs(trading.totalReturn) < NOTHING_SHARE) {
    const headline = `Almost nothing came of trading ${in_}: ${earned}, ${share}.`;
    return { tone: 'nothing', headline, why };
  }
  const tone = trading.gain.isNegative() ? 'lost' : 'earned';
  const sum = tone === 'lost' ? money(trading.gain.negate()) : money(trading.gain);
  return { tone, headline: `Trading ${tone} ${sum} ${numeraire} ${in_}: ${share}.`, why };
}

function tradeLines(metrics: RunMetrics, numeraire: string): readonly string[] {
  const { trades, waterfall, costs, revaluation, capacity } = metrics;
  const lines: string[] = [];
  if (trades.traded > 0) {
    const { quoted, staleness, fees, slippage, unwind, realised } = waterfall;
    const taken = Object.entries({ staleness, fees, slippage, unwinds: unwind })
      .filter(([, amount]) => !amount.isZero())
      .map(([name, amount]) => `${name} ${signed(money(amount))}`);
    lines.push(
      `Of ${money(quoted)} ${numeraire} quoted in ${count(trades.traded)} trades ` +
        `${money(realised)} stayed: ${taken.join(', ')}.`,
    );
  }
  if (costs.fees.greaterThan(waterfall.quoted) && trades.traded > 0) {
    lines.push(`Fees alone (${ratio(costs.feesBps)} bps of notional) were more than was quoted.`);
  }
  if (!revaluation.isZero()) {
    lines.push(
      `Prices of what is held changed equity by ${signed(money(revaluation))} ${numeraire}: ` +
        'that is no profit of trading.',
    );
  }
  if (capacity.beyondSize.isPositive()) {
    lines.push(
      `Up to ${money(capacity.beyondSize)} ${numeraire} was refused for want of money or room ` +
        'within limits.',
    );
  }
  return lines;
}

function refusals({ breakdown }: RunMetrics): readonly string[] {
  const refused = breakdown.reasons.filter(({ reason }) => reason !== 'APPROVED');
  const all = breakdown.reasons.reduce((sum, one) => sum + one.count, 0);
  if (all === 0) return ['No pair of books ever crossed far enough to be looked at.'];
  const named = refused.slice(0, REASONS_NAMED).map(({ reason, count: times }) => {
    return `${reason} ${count(times)} (${percent(times / all)} %)`;
  });
  if (named.length === 0) return [`All ${count(all)} opportunities were approved.`];
  const sum = refused.reduce((total, one) => total + one.count, 0);
  return [`${count(sum)} of ${count(all)} opportunities were refused: ${named.join(', ')}.`];
}

function cautions({ spanUs, sampling, trades }: RunMetrics): readonly string[] {
  const lines: string[] = [];
  if (spanUs < 30 * DAY_US) {
    const every = `returns are of every ${span(sampling.intervalUs)}`;
    const year = `${count(sampling.periodsPerYear)} a year`;
    lines.push(
      `Annualised figures stretch ${span(spanUs)} to a year (${every}, ${year}): ` +
        'they compare runs and promise nothing.',
    );
  }
  if (trades.traded > 0 && trades.traded < 30) {
    lines.push(`${count(trades.traded)} trades are too few for rates and ratios to mean much.`);
  }
  return lines;
}
