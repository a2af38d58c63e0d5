import { withAlert } from '../../src/domain/condition.ts';
import type { DigestFigures } from '../../src/domain/digest.ts';
import { alertFigures, HOUR_US } from '../../src/domain/digest.ts';
import type { Standing } from '../../src/domain/standing.ts';
import { tradeFigures } from '../../src/domain/trade-figures.ts';
import {
  NO_TRADES,
  quarterOf,
  type TradeTally,
  tallyOf,
  together,
} from '../../src/domain/trade-tally.ts';
import { type SampleTrade, tradeOf } from './sample-trades.ts';
import { alertOf, DAY_US } from './samples.ts';

const TO_US = quarterOf(DAY_US) + 24 * HOUR_US;
const FROM_US = quarterOf(DAY_US);

/** What services say when all of them answer. */
const STANDING: Standing = {
  halt: { kind: 'told', value: { halted: false, reason: '' } },
  net: {
    kind: 'told',
    value: {
      assets: [
        { asset: 'BTC', net: '-0.00001234' },
        { asset: 'USDT', net: '1843.27114' },
      ],
      agrees: true,
    },
  },
  profit: {
    kind: 'told',
    value: {
      numeraire: 'USDT',
      windows: [
        { name: 'day', profit: '182.4', realised: '196.1', unrealised: '-4.2', fees: '9.5' },
        { name: 'week', profit: '1043.77', realised: '1100', unrealised: '2.1', fees: '58.33' },
        { name: 'month', profit: '-220.5', realised: '-100.5', unrealised: '0', fees: '120' },
      ],
      ...{ peak: '2210.4', drawdown: '367.13' },
    },
  },
  limits: {
    kind: 'told',
    value: [
      { name: 'lossPerDay', of: '', unit: 'USDT', value: '0', max: '2000' },
      { name: 'grossExposure', of: '', unit: 'USDT', value: '168400.5', max: '200000' },
      { name: 'venueExposure', of: 'kraken', unit: 'USDT', value: '61000', max: '60000' },
      { name: 'tradesPerDay', of: '', unit: '', value: '412', max: '1000' },
    ],
  },
  trading: { kind: 'told', value: { trading: true, openTrades: 2 } },
};

/** What a digest is like when nobody answers. */
export const UNTOLD: Standing = {
  halt: { kind: 'untold', why: 'ats.risk.v1.RiskService: no answer in time' },
  net: { kind: 'untold', why: 'ats.risk.v1.RiskService: no answer in time' },
  profit: { kind: 'untold', why: 'the risk manager has no answer for it' },
  limits: { kind: 'untold', why: 'the risk manager has no answer for it' },
  trading: { kind: 'untold', why: 'ats.opportunity.v1.EngineService: no answer in time' },
};

const TRADES: readonly SampleTrade[] = Array.from({ length: 64 }, (_, number) => ({
  number,
  state: number % 9 === 4 ? 'UNWOUND' : number % 13 === 7 ? 'EXPIRED' : 'COMPLETED',
  endedAtUs: FROM_US + ((number * number * 19) % 1440) * 60_000_000,
  quoted: String(8 + ((number * 7) % 11)),
  realised: String(number % 9 === 4 ? -14.5 - number / 8 : 2.25 + ((number * 5) % 13) / 2),
}));

/** A day with trades, alerts and one condition that stands. */
export function sampleDigest({
  standing = STANDING,
  trades = TRADES,
  complete = true,
}: {
  readonly standing?: Standing;
  readonly trades?: readonly SampleTrade[];
  readonly complete?: boolean;
} = {}): DigestFigures {
  const span = { fromUs: FROM_US, toUs: TO_US };
  const byQuarter = Map.groupBy(trades.map(tradeOf), (one) => quarterOf(one.updatedAtUs));
  const quarters = [...byQuarter]
    .map(([quarterUs, some]) => ({
      quarterUs,
      tally: some
        .map(tallyOf)
        .reduce<TradeTally>(
          (sum, one) => (one === undefined ? sum : together(sum, one)),
          NO_TRADES,
        ),
    }))
    .sort((one, other) => one.quarterUs - other.quarterUs);
  const longer = [7, 30].map((days) => ({ days, fromUs: TO_US - days * 24 * HOUR_US }));
  const raised = { 'risk:critical': 2, 'system:warning': 7, 'trade:info': 31 };
  const alert = alertOf({
    summary: 'Positions on kraken are worth 61,000 USDT, more than 60,000',
    raisedAtUs: TO_US - 3 * HOUR_US,
  });
  const condition = withAlert(undefined, alert, { rules: [], nowUs: TO_US });
  return {
    ...span,
    alerts: alertFigures(
      span,
      [{ quarterUs: FROM_US, raised, delivered: 38, dead: 1 }],
      [condition],
    ),
    trades: tradeFigures(quarters, { ...span, longer, complete }),
    standing,
  };
}
