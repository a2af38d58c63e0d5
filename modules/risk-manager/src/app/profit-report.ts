import type { WireMessages } from '@ats/contracts';
import { type AssetId, AtsError, type Decimal } from '@ats/domain';
import type { PlacedPosition } from '../domain/positions/position-book.ts';
import {
  curveFrom,
  DAY_US,
  type ProfitPoint,
  thinnedCurve,
} from '../domain/profit/profit-curve.ts';
import { addTo, worthOf } from '../domain/profit/sums.ts';
import { baseOf, type Valuation, valuationOf } from '../domain/profit/valuation.ts';
import { WINDOW_NAMES, type WindowFigures } from '../domain/profit/windows.ts';
import type { Funding } from './ledger-keeper.ts';
import type { MarkBook } from './mark-book.ts';
import { matches, type Owning, text } from './position-wire.ts';
import type { ProfitKeeper } from './profit-keeper.ts';

type Request = WireMessages['ats.risk.v1.GetPnLRequest'] & Owning;
type Response = WireMessages['ats.risk.v1.GetPnLResponse'];
type WireFigures = WireMessages['ats.risk.v1.ProfitFigures'];
type Grouping = Request['groupBy'];

export interface ProfitReportParts {
  readonly positions: { all(): readonly PlacedPosition[] };
  readonly ledger: { funding(): readonly Funding[] };
  readonly marks: MarkBook;
  readonly profit: ProfitKeeper;
  readonly numeraire: string;
  readonly timeZone: string;
}

const figuresToWire = (
  figures: Pick<WindowFigures, 'profit' | 'realised' | 'unrealised' | 'fees' | 'funding'>,
): WireFigures => ({
  profit: text(figures.profit),
  realised: text(figures.realised),
  unrealised: text(figures.unrealised),
  fees: text(figures.fees),
  funding: text(figures.funding),
});

/** Which row a position and a funding belong to; a funding without one is in none. */
const GROUPS: Readonly<
  Record<
    Exclude<Grouping, 'PROFIT_GROUPING_UNSPECIFIED'>,
    { readonly of: (one: PlacedPosition) => string; readonly ofFunding: (one: Funding) => string }
  >
> = {
  PROFIT_GROUPING_ACCOUNT: { of: (one) => one.accountId, ofFunding: (one) => one.accountId },
  PROFIT_GROUPING_VENUE: { of: (one) => one.venue, ofFunding: (one) => one.venue },
  PROFIT_GROUPING_ASSET: { of: (one) => baseOf(one.instrument), ofFunding: (one) => one.asset },
  PROFIT_GROUPING_INSTRUMENT: { of: (one) => one.instrument, ofFunding: () => '' },
};

/** Profit as it is told: since ever, in rows, and in windows. */
export function profitReport(
  parts: ProfitReportParts,
  request: Request,
): Omit<Response, 'assets' | 'agrees'> {
  const { profit, marks, numeraire, timeZone } = parts;
  const places = parts.positions.all().filter((one) => matches(request, one));
  const fundings = parts.ledger.funding().filter((one) => isAbout(request, one));
  const total = valuationOf(places, marks);
  const { history } = profit;
  return {
    ...{ numeraire, timeZone },
    total: totalToWire(total, fundings, marks),
    groups: groupsOf(places, fundings, { by: request.groupBy, marks }),
    windows: WINDOW_NAMES.flatMap((name) => {
      const figures = profit.window(name);
      const window = history?.windows[name];
      if (figures === undefined || window === undefined) return [];
      const { startedAtUs, start } = window;
      const startProfit = text(start.profit);
      return [{ name, startedAtUs, startProfit, figures: figuresToWire(figures) }];
    }),
    peak: history === undefined ? '' : text(history.drawdown.peak),
    drawdown: history === undefined ? '' : text(history.drawdown.depth),
    drawdownDeepest: history === undefined ? '' : text(history.drawdown.deepest),
    unmarked: [...total.unmarked, ...unpriced(fundings, marks)],
    valuedAtUs: history?.last.atUs ?? 0,
    curve: curveOf(profit, request).map(({ atUs, ...point }) => ({
      timeUs: atUs,
      profit: text(point.profit),
      drawdown: text(point.drawdown),
    })),
  };
}

function curveOf(
  { history, curve }: ProfitKeeper,
  { curveWindow, curvePointsMax }: Request,
): readonly ProfitPoint[] {
  if (history === undefined) return thinnedCurve(curve, curvePointsMax);
  const name = WINDOW_NAMES.find((one) => one === curveWindow);
  if (name === undefined && curveWindow !== '') throw windowUnknown(curveWindow);
  const fromUs =
    name === undefined ? history.last.atUs - DAY_US : history.windows[name].startedAtUs;
  return thinnedCurve(curveFrom(curve, fromUs), curvePointsMax);
}

const windowUnknown = (value: string): AtsError =>
  new AtsError({
    code: 'RPC_INVALID_ARGUMENT',
    message: `curve_window is "${value.slice(0, 40)}", which is no window of profit`,
    remedy: `Ask for one of ${WINDOW_NAMES.join(', ')}, or for none.`,
    context: { field: 'curve_window', value: value.slice(0, 40) },
  });

const isAbout = ({ accountId, venue, instrument, owns }: Request, one: Funding): boolean =>
  owns(one.accountId) &&
  instrument === '' &&
  (accountId === '' || accountId === one.accountId) &&
  (venue === '' || venue === one.venue);

function fundingSums(fundings: readonly Funding[]): ReadonlyMap<AssetId, Decimal> {
  const sums = new Map<AssetId, Decimal>();
  for (const { asset, amount } of fundings) addTo(sums, asset, amount);
  return sums;
}

const unpriced = (fundings: readonly Funding[], marks: MarkBook): readonly string[] =>
  worthOf(fundingSums(fundings), marks.rateOf).missing.map(
    (asset) => `funding in ${asset} is left out: it has no price`,
  );

const totalToWire = (total: Valuation, fundings: readonly Funding[], marks: MarkBook) =>
  figuresToWire({ ...total, funding: worthOf(fundingSums(fundings), marks.rateOf).worth });

function groupsOf(
  places: readonly PlacedPosition[],
  fundings: readonly Funding[],
  { by, marks }: { readonly by: Grouping; readonly marks: MarkBook },
): Response['groups'] {
  if (by === 'PROFIT_GROUPING_UNSPECIFIED') return [];
  const { of, ofFunding } = GROUPS[by];
  const placesOf = Map.groupBy(places, of);
  const fundingsOf = Map.groupBy(fundings, ofFunding);
  fundingsOf.delete('');
  const names = [...new Set([...placesOf.keys(), ...fundingsOf.keys()])].toSorted();
  return names.map((name) => {
    const total = valuationOf(placesOf.get(name) ?? [], marks);
    return { of: name, figures: totalToWire(total, fundingsOf.get(name) ?? [], marks) };
  });
}
