import type { Message } from '../../../src/contract.ts';
import type { LiveSpec } from './use-live.ts';

type Quote = Message<'ats.marketdata.v1.Quote'>;
type SpreadCell = Message<'ats.opportunity.v1.SpreadCell'>;
type OpportunityRecord = Message<'ats.opportunity.v1.OpportunityRecord'>;
type Trade = Message<'ats.execution.v1.ArbitrageTrade'>;
type Position = Message<'ats.risk.v1.Position'>;
type OrderEvent = Message<'ats.order.v1.OrderEvent'>;

const MARKET = 'ats.marketdata.v1.MarketDataService';
const ENGINE = 'ats.opportunity.v1.EngineService';

/** How much of a list without end is kept; older entries are asked for elsewhere. */
const KEPT_MAX = 500;
/** Nobody reads a list that changes more often than that. */
const LIST_PACE_MS = 250;
const QUOTE_INTERVAL_MS = 100;
/** Figures that change more often than this cannot be read. */
const QUOTE_PACE_MS = 200;
const MATRIX_INTERVAL_MS = 250;

export const marketKey = (venue: string, instrument: string): string => `${venue} ${instrument}`;

export const quotesSpec: LiveSpec<typeof MARKET, 'StreamQuotes', Map<string, Quote>> = {
  name: 'quotes',
  service: MARKET,
  method: 'StreamQuotes',
  request: { intervalMs: QUOTE_INTERVAL_MS },
  paceMs: QUOTE_PACE_MS,
  init: () => new Map(),
  fold(state, { quotes }) {
    for (const quote of quotes) state.set(marketKey(quote.venue, quote.instrument), quote);
  },
};

export interface Matrix {
  readonly cells: Map<string, SpreadCell>;
  /** Decimal text, in the numeraire. */
  notional: string;
}

const cellKey = (cell: SpreadCell): string =>
  `${cell.buyVenue} ${cell.buyInstrument} ${cell.sellVenue} ${cell.sellInstrument}`;

export const matrixSpec: LiveSpec<typeof ENGINE, 'StreamSpreadMatrix', Matrix> = {
  name: 'matrix',
  service: ENGINE,
  method: 'StreamSpreadMatrix',
  request: { intervalMs: MATRIX_INTERVAL_MS },
  init: () => ({ cells: new Map(), notional: '' }),
  fold(state, { cells, notional }) {
    for (const cell of cells) state.cells.set(cellKey(cell), cell);
    state.notional = notional;
  },
};

/** Keeps the newest, the newest last. */
function keepNewest<T>(entries: Map<string, T>, key: string, entry: T): void {
  entries.delete(key);
  entries.set(key, entry);
  if (entries.size <= KEPT_MAX) return;
  const oldest = entries.keys().next().value;
  if (oldest !== undefined) entries.delete(oldest);
}

export const opportunitiesSpec: LiveSpec<
  typeof ENGINE,
  'StreamOpportunities',
  Map<string, OpportunityRecord>
> = {
  name: 'opportunities',
  paceMs: LIST_PACE_MS,
  service: ENGINE,
  method: 'StreamOpportunities',
  request: {},
  init: () => new Map(),
  fold(state, { record }) {
    const id = record?.opportunity?.id;
    if (record !== null && id !== undefined) keepNewest(state, id, record);
  },
};

export const tradesSpec: LiveSpec<typeof ENGINE, 'StreamExecutions', Map<string, Trade>> = {
  name: 'trades',
  paceMs: LIST_PACE_MS,
  service: ENGINE,
  method: 'StreamExecutions',
  request: {},
  init: () => new Map(),
  fold(state, { trade }) {
    if (trade !== null) keepNewest(state, trade.tradeId, trade);
  },
};

export const positionsSpec: LiveSpec<
  'ats.risk.v1.RiskService',
  'StreamPositionUpdates',
  Map<string, Position>
> = {
  name: 'positions',
  service: 'ats.risk.v1.RiskService',
  method: 'StreamPositionUpdates',
  request: {},
  init: () => new Map(),
  fold(state, { positions }) {
    for (const one of positions) {
      state.set(`${one.accountId} ${one.venue} ${one.instrument}`, one);
    }
  },
};

export const orderEventsSpec = (
  accountId: string,
): LiveSpec<'ats.order.v1.OrderService', 'StreamOrderEvents', Map<string, OrderEvent>> => ({
  name: 'orders',
  paceMs: LIST_PACE_MS,
  service: 'ats.order.v1.OrderService',
  method: 'StreamOrderEvents',
  request: { accountId },
  init: () => new Map(),
  fold(state, { event, eventId }) {
    if (event !== null) keepNewest(state, eventId, event);
  },
});

export interface LiveBook {
  book: Message<'ats.marketdata.v1.BookSnapshot'> | null;
  state: Message<'ats.marketdata.v1.StreamBookResponse'>['state'];
}

interface BookOf {
  readonly venue: string;
  readonly instrument: string;
  readonly depth: number;
}

export const bookSpec = (of: BookOf): LiveSpec<typeof MARKET, 'StreamBook', LiveBook> => ({
  name: 'book',
  service: MARKET,
  method: 'StreamBook',
  request: { ...of, intervalMs: QUOTE_INTERVAL_MS },
  init: () => ({ book: null, state: 'MARKET_STATE_CONNECTING' }),
  fold(state, { book, state: marketState }) {
    state.book = book;
    state.state = marketState;
  },
});

export const publicTradesSpec = (
  venue: string,
  instrument: string,
): LiveSpec<typeof MARKET, 'StreamTrades', Message<'ats.marketdata.v1.Trade'>[]> => ({
  name: 'tape',
  paceMs: LIST_PACE_MS,
  service: MARKET,
  method: 'StreamTrades',
  request: { venues: [venue], instruments: [instrument] },
  init: () => [],
  fold(state, { trades }) {
    state.unshift(...trades.toReversed());
    state.length = Math.min(state.length, KEPT_MAX);
  },
});

export const backtestSpec = (
  runId: string,
): LiveSpec<
  'ats.backtest.v1.BacktestService',
  'WatchBacktest',
  { run: Message<'ats.backtest.v1.BacktestRun'> | null }
> => ({
  name: 'run',
  service: 'ats.backtest.v1.BacktestService',
  method: 'WatchBacktest',
  request: { runId },
  init: () => ({ run: null }),
  fold(state, { run }) {
    state.run = run;
  },
});
