import type { MarketEvent, Order } from '@ats/domain';
import { readOrderEvent } from '@ats/orders';
import type { RpcClient, RpcDirectory, ServiceName, TimerHandle } from '@ats/runtime';
import type {
  EventLog,
  LogBatch,
  MarketBus,
  MarketHandler,
  MarketName,
  StateStore,
  TransactItem,
} from '@ats/storage';
import type { tradingEngine } from '@ats/trading-engine';
import type { OrderWord } from '../../domain/parity/session-rows.ts';

export type EngineContext = Parameters<typeof tradingEngine.start>[0];

/** What stands between the engine and everything that reaches it: it notes it, or replays it. */
export interface EngineTap {
  nowUs(): number;
  /** A book or a status is handled. */
  market(event: MarketEvent, handle: () => void): void;
  /** Books that were there before the engine subscribed. */
  readonly firstBooks: boolean;
  every(options: { readonly index: number; readonly periodMs: number; run(): void }): TimerHandle;
  /** @param key names the call; calls of one key are told apart by their order */
  call<Answer>(key: string, work: () => Promise<Answer>): Promise<Answer>;
  orders(batch: LogBatch, orders: readonly Order[], handle: Handle): Promise<void>;
  /** @returns what the engine is to hear */
  verdict(answer: RiskMessage): RiskMessage;
}

export type Handle = (batch: LogBatch) => Promise<void>;
export type RiskMessage = { readonly decision: object | null };

export const orderWord = ({ orderId, status, cumulativeQuantity }: Order): OrderWord => ({
  ...{ orderId, status },
  filled: String(cumulativeQuantity.normalized()),
});

/** The engine's context with a tap in all that reaches it. */
export function tappedContext(context: EngineContext, tap: EngineTap): EngineContext {
  const { timers, ports, rpc } = context;
  const { stateStore, eventLog } = ports;
  let made = 0;
  const once = <Port>(open: () => Promise<Port>): (() => Promise<Port>) => {
    let opened: Promise<Port> | undefined;
    return () => {
      opened ??= open();
      return opened;
    };
  };
  return {
    ...context,
    clock: { nowUs: () => tap.nowUs() },
    timers: {
      after: (delayMs, run) => timers.after(delayMs, run),
      sleep: (delayMs) => timers.sleep(delayMs),
      every(periodMs, run) {
        const index = made;
        made += 1;
        return tap.every({ index, periodMs, run });
      },
    },
    rpc: tappedDirectory(rpc, tap),
    ports: {
      tickStore: () => ports.tickStore(),
      marketBus: once(async () => tappedBus(await ports.marketBus(), tap)),
      ...(stateStore === undefined
        ? {}
        : { stateStore: once(async () => tappedStore(await stateStore.call(ports), tap)) }),
      ...(eventLog === undefined
        ? {}
        : { eventLog: once(async () => tappedLog(await eventLog.call(ports), tap)) }),
    },
  };
}

function tappedBus(bus: MarketBus, tap: EngineTap): MarketBus {
  let first: readonly MarketEvent[] | undefined;
  return {
    publish: (event) => bus.publish(event),
    publisherOf: (market) => bus.publisherOf(market),
    health: () => bus.health(),
    close: () => bus.close(),
    async latest(filter) {
      const events = await bus.latest(filter);
      // What the engine asks for before it subscribes is handed to it when it does.
      if (first !== undefined || filter.venues !== undefined) return events;
      first = tap.firstBooks ? events : [];
      return [];
    },
    subscribe(filter, handler) {
      const handlerOf = (market: MarketName): MarketHandler => {
        const handle = typeof handler === 'function' ? handler : handler.handlerOf(market);
        return (event, more) => tap.market(event, () => void handle(event, more));
      };
      for (const event of first ?? []) void handlerOf(event)(event, false);
      return bus.subscribe(filter, { handlerOf });
    },
  };
}

function tappedStore(store: StateStore, tap: EngineTap): StateStore {
  return {
    transact(items) {
      const key = tradeKey(items);
      const work = () => store.transact(items);
      return key === undefined ? work() : tap.call(key, work);
    },
    get: (key) => tap.call(`get ${key.table} ${key.partition} ${key.sort}`, () => store.get(key)),
    query(query) {
      const { table, partition, after = '' } = query;
      return tap.call(`query ${table} ${partition} ${after}`, () => store.query(query));
    },
    health: () => store.health(),
    close: () => store.close(),
  };
}

/** A change of a trade, by what it becomes; what else is written has no bearing on decisions. */
function tradeKey(items: readonly TransactItem[]): string | undefined {
  for (const item of items) {
    if (item.key.table !== 'sagas') continue;
    const attributes =
      item.kind === 'update' ? item.set : 'attributes' in item ? item.attributes : undefined;
    const state = attributes?.['state'];
    const { partition, sort } = item.key;
    if (typeof state === 'string') {
      return `trade ${partition === 'open' ? sort : partition} ${state}`;
    }
  }
  return undefined;
}

function tappedLog(log: EventLog, tap: EngineTap): EventLog {
  return {
    append: (record) => log.append(record),
    read: (options) => log.read(options),
    lag: (options) => log.lag(options),
    health: () => log.health(),
    close: () => log.close(),
    subscribe: ({ handle, ...options }) =>
      log.subscribe({
        ...options,
        handle(batch) {
          const orders = batch.records.map((record) => readOrderEvent(record).order);
          return tap.orders(batch, orders, handle);
        },
      }),
  };
}

type Unary = (request: Readonly<Record<string, unknown>>, options: object) => Promise<unknown>;

const NAMED = ['requestId', 'orderId'] as const;

function tappedDirectory(rpc: RpcDirectory, tap: EngineTap): RpcDirectory {
  return {
    client: <Service>(name: ServiceName<Service>): RpcClient<Service> => {
      const client = rpc.client(name);
      return new Proxy(client, {
        get(target, method) {
          const call = Reflect.get(target, method) as unknown as Unary;
          return (request: Readonly<Record<string, unknown>>, options: object) => {
            const named = NAMED.flatMap((field) => request[field] ?? []);
            const key = [String(method), ...named].join(' ');
            return tap.call(key, () => call.call(target, request, options));
          };
        },
      });
    },
    serve: (name, handlers) => rpc.serve(name, handlers),
    duplex: (name, method) => {
      const duplex = rpc.duplex(name, method);
      const tapped: typeof duplex = {
        get up() {
          return duplex.up;
        },
        send: (request) => duplex.send(request),
        onMessage: (handler) =>
          duplex.onMessage((answer) => {
            handler(tap.verdict(answer as RiskMessage) as typeof answer);
          }),
        onLost: (handler) => duplex.onLost(handler),
        close: () => duplex.close(),
      };
      return tapped;
    },
    subscribe: (name, method, request, options) => rpc.subscribe(name, method, request, options),
    close: () => rpc.close(),
  };
}
