import type { Decimal } from '@ats/domain';
import type { LimitName } from '../domain/limits/limit-names.ts';
import type { LimitGauge } from '../domain/limits/limit-table.ts';
import { lossOf, type WindowName } from '../domain/profit/windows.ts';
import type { ProfitKeeper } from './profit-keeper.ts';
import type { TailRisk } from './tail-risk.ts';
import type { VenueSight, VenueWatch } from './venue-watch.ts';

const LOSSES = { day: 'lossPerDay', week: 'lossPerWeek', month: 'lossPerMonth' } as const;

/** A gauge of a limit that is one for all; without a figure it says nothing. */
function single(name: LimitName, value: () => Decimal | undefined): LimitGauge {
  return {
    name,
    *read() {
      const now = value();
      if (now !== undefined) yield { of: '', value: now };
    },
  };
}

export function profitGauges(profit: ProfitKeeper): readonly LimitGauge[] {
  const losses = Object.entries(LOSSES).map(([window, name]) =>
    single(name, () => {
      const figures = profit.window(window as WindowName);
      return figures === undefined ? undefined : lossOf(figures);
    }),
  );
  return [
    ...losses,
    single('drawdown', () =>
      profit.valuation?.whole === true ? profit.history?.drawdown.depth : undefined,
    ),
    single('unhedgedPerDay', () => profit.window('day')?.unhedged),
  ];
}

export function tailGauges(tail: TailRisk): readonly LimitGauge[] {
  return [
    single('valueAtRisk', () => tail.figures.valueAtRisk),
    single('expectedShortfall', () => tail.figures.expectedShortfall),
  ];
}

export function venueGauges(watch: VenueWatch): readonly LimitGauge[] {
  const gauge = (
    name: LimitName,
    figureOf: (sight: VenueSight) => Decimal | undefined,
  ): LimitGauge => ({
    name,
    *read() {
      for (const sight of watch.all()) {
        const value = figureOf(sight);
        if (value !== undefined) yield { of: sight.venue, value };
      }
    },
  });
  return [
    gauge('venueSilence', ({ silence }) => silence),
    gauge('bookAge', ({ oldestBook }) => oldestBook),
    gauge('clockSkew', ({ clockSkew }) => clockSkew),
  ];
}
