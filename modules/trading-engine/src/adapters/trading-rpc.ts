import {
  arbitrageTradeToWire,
  type ENGINE_SERVICE,
  opportunityRecordToWire,
  tradeOrderToWire,
} from '@ats/contracts';
import { type ArbitrageTrade, AtsError, Decimal, type TradeOrder, tradeId } from '@ats/domain';
import type { CallContext, RpcHandlers, ServerStream } from '@ats/runtime';
import { invalid, type ManualLeg } from '../app/manual-trade.ts';
import type { Operations } from '../app/operations.ts';

type EngineContract = NonNullable<(typeof ENGINE_SERVICE)['shape']>;
type Handlers = RpcHandlers<EngineContract>;
type TradingHandlers = Omit<
  Handlers,
  | 'GetEngineStatus'
  | 'PauseEngine'
  | 'ResumeEngine'
  | 'ListOpportunities'
  | 'GetSpreadMatrix'
  | 'StreamSpreadMatrix'
>;

const TRADES_DEFAULT = 100;
const TEXT_LENGTH_MAX = 500;
/** A request id becomes part of ids that venues see. */
const REQUEST_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** What the engine answers about trades, to operators and to whoever watches. */
export function tradingHandlers(
  operations: Operations,
  configuration: () => string,
): TradingHandlers {
  return {
    ...commands(operations),
    ...questions(operations, configuration),
    ...streams(operations),
  };
}

function said(field: string, text: string): string {
  if (text.trim() !== '' && text.length <= TEXT_LENGTH_MAX) return text;
  throw invalid(field, text.slice(0, 50), `1 to ${TEXT_LENGTH_MAX} characters`);
}

const why = ({ reason, actor }: { readonly reason: string; readonly actor: string }) => ({
  reason: said('reason', reason),
  actor: said('actor', actor),
});

function decimal(field: string, text: string): Decimal {
  try {
    return Decimal.parse(text.slice(0, 64));
  } catch {
    throw invalid(field, text.slice(0, 50), 'a plain decimal');
  }
}

function legOf(
  field: string,
  leg: { venue: string; instrument: string; limitPrice: string } | null,
): ManualLeg {
  if (leg === null) throw invalid(field, '', 'a leg');
  const { venue, instrument } = leg;
  return { venue, instrument, limitPrice: decimal(`${field}.limit_price`, leg.limitPrice) };
}

const wired = (trade: ArbitrageTrade) => ({ trade: arbitrageTradeToWire(trade) });

/** Does what a person wants; the access log is told how the engine stood before and after it. */
export async function recorded<Answer>(
  operations: Operations,
  context: CallContext,
  work: () => Answer | Promise<Answer>,
): Promise<Answer> {
  const before = operations.standing();
  try {
    return await work();
  } finally {
    context.changed({ before, after: operations.standing() });
  }
}

/** A trade as the access log has it. */
const figureOf = (trade: ArbitrageTrade | undefined) =>
  trade && { tradeId: trade.tradeId, state: trade.state, reason: trade.reason };

function commands(operations: Operations) {
  const made = (context: CallContext, after: ArbitrageTrade, before?: ArbitrageTrade) => {
    context.changed({ before: figureOf(before), after: figureOf(after) });
    return wired(after);
  };
  return {
    StartTrading: ({ actor }, context) =>
      recorded(operations, context, () => {
        operations.startTrading(said('actor', actor));
        return {};
      }),
    StopTrading: (request, context) =>
      recorded(operations, context, () => {
        operations.stopTrading(why(request));
        return {};
      }),
    ExecuteOpportunity: async ({ opportunityId, actor }, context) =>
      made(context, await operations.execute(opportunityId, said('actor', actor))),
    async ExecuteManualTrade({ requestId, buy, sell, quantity, actor }, context) {
      if (!REQUEST_ID.test(requestId)) {
        throw invalid('request_id', requestId.slice(0, 50), '1 to 64 letters, digits, - or _');
      }
      const wanted = {
        requestId,
        buy: legOf('buy', buy),
        sell: legOf('sell', sell),
        quantity: decimal('quantity', quantity),
      };
      return made(context, await operations.executeManual(wanted, said('actor', actor)));
    },
    async CancelTrade(request, context) {
      const before = await operations.trading.desk.find(tradeId(request.tradeId));
      return made(context, await operations.cancel(request.tradeId, why(request)), before);
    },
    EmergencyStop: (request, context) =>
      recorded(operations, context, () => operations.emergencyStop(why(request))),
  } satisfies Partial<Handlers>;
}

const isActive = ({ state }: TradeOrder): boolean => state === 'planned' || state === 'standing';

const ordersOf = (trade: ArbitrageTrade) => [...trade.legs, ...trade.unwinds];

function questions(operations: Operations, configuration: () => string) {
  return {
    GetTradingStatus: () => {
      const { isTrading } = operations;
      const { desk } = operations.trading;
      return {
        trading: isTrading,
        haltReason: desk.stopReason,
        openTrades: desk.openCount,
        troubles: [...operations.trading.readiness()],
      };
    },
    async GetTrade({ tradeId: id }) {
      const trade = await operations.trading.desk.find(tradeId(id));
      if (trade === undefined) throw invalid('trade_id', id, 'a trade of the last seven days');
      return wired(trade);
    },
    ListTrades({ openOnly, limit }) {
      const { desk } = operations.trading;
      const trades = openOnly ? desk.open() : [...desk.open(), ...desk.recent()];
      return {
        trades: trades.slice(0, limit > 0 ? limit : TRADES_DEFAULT).map(arbitrageTradeToWire),
      };
    },
    async ListEndedTrades(request) {
      // The page before has been sent by then, and what trades had its turn.
      await operations.timers.sleep(0);
      const page = await operations.trading.endedTrades(request);
      return { ...page, trades: page.trades.map(arbitrageTradeToWire) };
    },
    ListActiveOrders: () => ({
      orders: operations.trading.desk.open().flatMap((trade) =>
        ordersOf(trade)
          .filter(isActive)
          .map((order) => ({ tradeId: trade.tradeId, order: tradeOrderToWire(order) })),
      ),
    }),
    async GetPortfolio() {
      const { inventory, store, account } = operations.trading;
      return {
        balances: inventory.balances(account),
        accumulated: changes(await store.accumulated()),
        readAtUs: inventory.readAtUs,
      };
    },
    GetTradingStatistics() {
      const { total, byOutcome, profitByAsset, waterfall, unhedgedUsdSeconds } =
        operations.trading.desk.totals.stats();
      return {
        total,
        outcomes: Object.entries(byOutcome).map(([state, count]) => ({ state, count })),
        profit: Object.entries(profitByAsset).map(([asset, amount]) => ({ asset, amount })),
        waterfall: { ...waterfall },
        unhedgedUsdSeconds,
      };
    },
    GetEngineConfiguration: () => ({ json: configuration() }),
  } satisfies Partial<Handlers>;
}

const changes = (amounts: ReadonlyMap<string, Decimal>) =>
  [...amounts].map(([asset, amount]) => ({ asset, amount: amount.toString() }));

/** Sends what happens; a reader that does not keep up is told so and let go. */
function sending<Message>(stream: ServerStream<Message>): (message: Message) => void {
  let over = false;
  return (message) => {
    if (over || stream.send(message)) return;
    over = true;
    const remedy = 'Subscribe again, and read faster.';
    stream.end(new AtsError({ code: 'STREAM_TOO_SLOW', message: 'events were not read', remedy }));
  };
}

function streams(operations: Operations) {
  return {
    StreamExecutions(_request, stream) {
      const send = sending(stream);
      return operations.trading.desk.onTrade((trade) => send(wired(trade)));
    },
    StreamOpportunities(_request, stream) {
      const send = sending(stream);
      return operations.engine.onOpportunity((record) => {
        send({ record: opportunityRecordToWire(record) });
      });
    },
    StreamOrderUpdates(_request, stream) {
      const send = sending(stream);
      return operations.trading.desk.onTrade((trade, before) => {
        const known = before === undefined ? [] : ordersOf(before);
        for (const order of ordersOf(trade)) {
          if (known.includes(order)) continue;
          send({ update: { tradeId: trade.tradeId, order: tradeOrderToWire(order) } });
        }
      });
    },
    StreamSystemEvents(_request, stream) {
      return operations.onSystemEvent(sending(stream));
    },
  } satisfies Partial<Handlers>;
}
