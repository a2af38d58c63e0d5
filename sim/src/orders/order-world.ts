import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { wireCodec } from '@ats/contracts';
import { type BookTop, Decimal, type Listing, type VenueId, venueId } from '@ats/domain';
import {
  listingsOf,
  loadConfig,
  parseConfig,
  type RandomSource,
  seededRandom,
  sharedConfigSchema,
} from '@ats/runtime';
import { type MarketBus, openMemoryMarketBus } from '@ats/storage';
import { type ManualTimers, manualTimers, memoryMetrics, settle, silentLogger } from '@ats/testkit';
import {
  MarketModel,
  modelParameters,
  openAccounts,
  type SimulatedMarket,
  simulatorConfigSchema,
} from '@ats/venue-simulator';
import { SimClients } from './sim-clients.ts';
import { CALM_DISK, SimDisk } from './sim-disk.ts';
import { SimProcess } from './sim-process.ts';
import { CALM_RPC, SimRpcNetwork } from './sim-rpc.ts';
import {
  SERVICES,
  type SimService,
  startEngine,
  startOms,
  startOrderGateway,
  startVenueGateway,
} from './sim-services.ts';
import { CALM_VENUE, SimVenue } from './sim-venue.ts';
import { StorePolice } from './store-police.ts';

/** Venues and bases of the simulated order path: fewer than life, so that many seeds can be run. */
const VENUES = ['binance', 'kraken', 'coinbase'];
const BASES = ['BTC', 'SOL', 'USDT'];
const LEVELS = 20;
const TRADE = wireCodec('ats.execution.v1.ArbitrageTrade');
const RESTART_MS_MAX = 600;
const VIOLATIONS_MAX = 20;

/** Everything of the order path on virtual time: one seed gives one history, whatever crashes. */
export class OrderWorld {
  readonly timers: ManualTimers = manualTimers();
  readonly disk: SimDisk;
  readonly network: SimRpcNetwork;
  readonly venues: readonly SimVenue[];
  readonly clients: SimClients;
  readonly violations: string[] = [];
  kills = 0;
  private readonly random: RandomSource;
  private readonly loaded;
  private readonly bus: MarketBus;
  private readonly model: MarketModel;
  private readonly listings: readonly Listing[];
  private readonly processes = new Map<SimService, SimProcess>();
  private readonly police: StorePolice;
  private halted = false;

  constructor(seed: number) {
    this.loaded = loadConfig({
      folder: fileURLToPath(new URL('../../../config', import.meta.url)),
      environment: {},
      assignments: [
        `seed=${seed}`,
        'risk.approvalKey=signs-approvals-of-simulated-orders-alone',
        // Killed as often as here, risk would wait for approvals of earlier runs most of the time.
        'risk.approvalMs=300',
        'oms.reconciliation.adopt=opening',
        'oms.reconciliation.intervalMs=1000',
        'oms.reconciliation.retryMs=200',
        ...['upbit', 'bitfinex'].map((name) => `venues.${name}.enabled=false`),
      ],
    });
    this.random = seededRandom(seed);
    const { timers } = this;
    const shared = parseConfig(this.loaded, sharedConfigSchema);
    this.listings = listingsOf(shared).filter(
      ({ venue, base }) => VENUES.includes(venue) && BASES.includes(base.id),
    );
    const config = parseConfig(this.loaded, simulatorConfigSchema);
    this.model = new MarketModel({
      listings: this.listings,
      parameters: modelParameters(config),
      random: this.random,
      startUs: timers.clock.nowUs(),
      stepUs: config.simulator.stepMs * 1000,
    });
    this.bus = openMemoryMarketBus({ logger: silentLogger(), metrics: memoryMetrics() });
    this.disk = new SimDisk(timers, this.random.stream('disk'));
    this.network = new SimRpcNetwork(timers, this.random.stream('network'));
    this.venues = this.openVenues(config.simulator.accounts);
    this.clients = new SimClients({
      timers,
      random: this.random.stream('clients'),
      listings: this.listings,
      priceOf: (listing) => this.priceOf(listing),
    });
    this.police = new StorePolice({
      disk: this.disk,
      venues: this.venues,
      violated: (what) => this.violated(what),
    });
    this.publishBooks(config.simulator.stepMs);
    timers.every(50, () => void this.police.check());
  }

  private openVenues(
    accounts: Readonly<
      Record<string, readonly { readonly balances: Readonly<Record<string, string>> }[]>
    >,
  ): readonly SimVenue[] {
    return VENUES.map((name) => {
      const markets = this.model.venues.get(name)?.markets ?? new Map<string, SimulatedMarket>();
      let venue: SimVenue | undefined;
      const [account] = openAccounts({
        markets,
        limits: { openOrdersMax: 500, closedOrdersMax: 100_000, tradesMax: 100_000 },
        clientIdRule: 'never',
        onAnswer: () => undefined,
        onReport: (report) => venue?.onReport(report),
        accounts: [
          {
            name: 'demo',
            feeIn: 'quote',
            deposits: new Map(
              Object.entries(accounts[name]?.[0]?.balances ?? {}).map(([asset, amount]) => [
                asset,
                Decimal.parse(amount),
              ]),
            ),
          },
        ],
      });
      if (account === undefined) throw new Error(`no account at ${name}`);
      venue = new SimVenue({
        venue: venueId(name),
        account,
        listings: this.listings.filter((one) => one.venue === name),
        timers: this.timers,
        random: this.random.stream(`venue.${name}`),
      });
      return venue;
    });
  }

  /** Starts one service in a process of its own; again after a while when its disk fails it. */
  boot(service: SimService): void {
    const process = new SimProcess(service, this.timers);
    this.processes.set(service, process);
    const { disk, network, timers, random, venues } = this;
    // What is open goes on to its end; only the engine begins nothing new: no edge is enough.
    const engine = { ...engineOf(this.loaded.values), ...(this.halted ? NOTHING_PAYS : {}) };
    const loaded = { ...this.loaded, values: { ...this.loaded.values, engine } };
    const parts = { loaded, process, disk, network, timers, random, venues };
    const market = { bus: this.bus };
    const start = async (): Promise<void> => {
      switch (service) {
        case 'oms-core':
          return startOms(parts);
        case 'venue-gateway':
          return startVenueGateway(parts);
        case 'order-gateway':
          this.clients.desk = await startOrderGateway(parts, market);
          return;
        case 'trading-engine':
          await startEngine(parts, market);
      }
    };
    start().catch((error: unknown) => {
      if (!process.alive) return;
      if (!String(error).includes('simulated disk')) {
        this.violated(`${service} does not start: ${String(error)}`);
      }
      process.kill();
      timers.after(200, () => this.boot(service));
    });
  }

  bootAll(): void {
    for (const service of SERVICES) this.boot(service);
  }

  /** Kills one service at whatever it is, and starts it again a little later. */
  kill(service: SimService): void {
    const process = this.processes.get(service);
    if (process === undefined || !process.alive) return;
    process.kill();
    this.kills += 1;
    if (service === 'order-gateway') this.clients.desk = undefined;
    const delayMs = this.random.stream('restarts').next() * RESTART_MS_MAX;
    this.timers.after(delayMs, () => this.boot(service));
  }

  /** No more new trades, no more faults: what is open comes to its end. */
  calm(): void {
    this.halted = true;
    this.disk.faults = CALM_DISK;
    this.network.faults = CALM_RPC;
    for (const venue of this.venues) venue.faults = CALM_VENUE;
    this.clients.stop();
    for (const service of SERVICES) this.kill(service);
  }

  async run(ms: number): Promise<void> {
    await this.timers.advanceAsync(ms);
    await settle();
  }

  /** Whether nothing is open anywhere and every venue agrees with the ledger. */
  async isQuiet(): Promise<boolean> {
    const open = await this.police.open();
    return open.length === 0 && this.clients.waiting === 0;
  }

  /** People give up on what still stands. */
  async cancelAll(round: number): Promise<void> {
    for (const orderId of await this.police.openOrderIds()) {
      this.clients.cancel(orderId, `give-up-${round}-${orderId}`);
    }
  }

  /** Trades by the state that they are in. */
  tradesByState(): Readonly<Record<string, number>> {
    const last = new Map<string, { readonly version: number; readonly state: string }>();
    for (const { payload } of this.disk.all('trades')) {
      const { tradeId, state, version } = TRADE.decode(payload);
      // A record that is published again after a crash may come after a newer one.
      if (version >= (last.get(tradeId)?.version ?? 0)) last.set(tradeId, { version, state });
    }
    const counts: Record<string, number> = {};
    for (const { state } of last.values()) {
      const name = state.replace('TRADE_STATE_', '');
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  }

  async finish(): Promise<string> {
    await this.police.finish(this.clients.acknowledged);
    const hash = createHash('sha256');
    for (const topic of ['orders.commands', 'orders.events', 'exec.reports', 'trades'] as const) {
      for (const { key, headers, payload, offset } of this.disk.all(topic)) {
        hash.update(`${topic} ${offset} ${key} ${headers.eventId}\n`).update(payload);
      }
    }
    return hash.digest('hex');
  }

  violated(what: string): void {
    const atMs = Math.round(this.timers.clock.nowUs() / 1000) % 1e8;
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(`at ${atMs} ms, ${what}`);
  }

  private publishBooks(stepMs: number): void {
    const changed = new Set<string>();
    const tops = new Map<string, { readonly top: BookTop; readonly market: SimulatedMarket }>();
    for (const [name, venue] of this.model.venues) {
      for (const [symbol, market] of venue.markets) {
        const key = `${name}:${symbol}`;
        tops.set(key, { top: emptyTop(venueId(name), market.listing), market });
        market.onBatch(() => changed.add(key));
        changed.add(key);
      }
    }
    this.timers.every(stepMs, () => {
      this.model.step();
      const nowUs = this.timers.clock.nowUs();
      for (const key of changed) {
        const one = tops.get(key);
        if (one !== undefined) this.bus.publish(fill(one.top, one.market, nowUs));
      }
      changed.clear();
    });
  }

  private priceOf(listing: Listing): number {
    const market = this.model.venues.get(listing.venue)?.markets.get(listing.symbol);
    return market === undefined ? 0 : market.book.bids.price(0);
  }
}

const NOTHING_PAYS = { profitMin: '1000000000' };

function engineOf(values: unknown): object {
  return (values as { readonly engine: object }).engine;
}

type MutableTop = { -readonly [Key in keyof BookTop]: BookTop[Key] };

function emptyTop(venue: VenueId, listing: Listing): BookTop {
  return {
    kind: 'book',
    venue,
    instrument: listing.instrument,
    exchangeTimeUs: 0,
    receivedAtUs: 0,
    bookAtUs: 0,
    sequence: 0,
    bidCount: 0,
    askCount: 0,
    bidPrices: new Float64Array(LEVELS),
    bidSizes: new Float64Array(LEVELS),
    askPrices: new Float64Array(LEVELS),
    askSizes: new Float64Array(LEVELS),
  };
}

function fill(top: MutableTop, market: SimulatedMarket, nowUs: number): BookTop {
  const { bids, asks } = market.book;
  top.bidCount = Math.min(LEVELS, bids.depth);
  top.askCount = Math.min(LEVELS, asks.depth);
  for (let level = 0; level < top.bidCount; level += 1) {
    top.bidPrices[level] = bids.price(level);
    top.bidSizes[level] = bids.size(level);
  }
  for (let level = 0; level < top.askCount; level += 1) {
    top.askPrices[level] = asks.price(level);
    top.askSizes[level] = asks.size(level);
  }
  top.exchangeTimeUs = nowUs;
  top.receivedAtUs = nowUs;
  top.bookAtUs = nowUs;
  top.sequence += 1;
  return top;
}
