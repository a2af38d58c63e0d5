import { createHash, type Hash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type BookTop, recordViolations, totalsViolations, venueId } from '@ats/domain';
import { collectorConfigSchema, nativeDialects, VenueCore } from '@ats/price-collector';
import { riskManager } from '@ats/risk-manager';
import {
  listingsOf,
  loadConfig,
  openRpcDirectory,
  parseConfig,
  type RandomSource,
  type RunningService,
  seededRandom,
  sharedConfigSchema,
  UNGUARDED,
} from '@ats/runtime';
import { type MarketBus, openMemoryMarketBus } from '@ats/storage';
import {
  discardingTickStore,
  type ManualTimers,
  manualTimers,
  memoryMetrics,
  settle,
  silentLogger,
} from '@ats/testkit';
import { type RunningEngine, tradingEngine } from '@ats/trading-engine';
import {
  DIALECT_SERVERS,
  MarketModel,
  modelParameters,
  simulatorConfigSchema,
} from '@ats/venue-simulator';
import { CALM, type NetworkCounts, type NetworkFaults } from './network.ts';
import { SimLink } from './sim-link.ts';

/** Levels of each side that must equal the venue's once all is calm. */
const COMPARED_LEVELS = 10;
const VIOLATIONS_MAX = 20;
/** Venues that can notice a changed character: by a checksum, or as each book is sent whole. */
const FLIP_NOTICED = new Set(['kraken', 'bitfinex', 'upbit']);

interface VenuePart {
  readonly name: string;
  readonly core: VenueCore;
  readonly link: SimLink;
}

/**
 * The whole market side in one process on virtual time: simulated exchanges, a bad network, the
 * production sessions, books, engine and risk manager. One seed gives one history.
 */
export class World {
  readonly counts: NetworkCounts = {
    delivered: 0,
    dropped: 0,
    duplicated: 0,
    swapped: 0,
    flipped: 0,
    cuts: 0,
  };
  readonly violations: string[] = [];
  books = 0;
  readonly timers: ManualTimers;
  private readonly random: RandomSource;
  private readonly hash: Hash = createHash('sha256');
  private readonly model: MarketModel;
  private readonly venues: VenuePart[] = [];
  private readonly services: RunningService[] = [];
  private readonly bus: MarketBus;
  private engine: RunningEngine | undefined;
  private faults: NetworkFaults = CALM;
  private frozen = false;
  private readonly loaded;

  constructor(seed: number) {
    this.loaded = loadConfig({
      folder: fileURLToPath(new URL('../../config', import.meta.url)),
      environment: {},
      assignments: [
        `seed=${seed}`,
        'collector.ticks=false',
        'risk.approvalKey=signs-approvals-of-simulated-orders-alone',
      ],
    });
    this.timers = manualTimers();
    this.random = seededRandom(seed);
    const config = parseConfig(this.loaded, simulatorConfigSchema);
    this.bus = openMemoryMarketBus({ logger: silentLogger(), metrics: memoryMetrics() });
    this.model = new MarketModel({
      listings: listingsOf(config),
      parameters: modelParameters(config),
      random: this.random,
      startUs: this.timers.clock.nowUs(),
      stepUs: config.simulator.stepMs * 1000,
    });
    this.timers.every(config.simulator.stepMs, () => {
      if (!this.frozen) this.model.step();
    });
  }

  get opportunities() {
    return (
      this.engine?.stats().opportunities ?? { total: 0, approved: 0, refused: 0, byReason: {} }
    );
  }

  get resyncs(): number {
    return this.venues.reduce((sum, { core }) => sum + core.counters.resyncs, 0);
  }

  async start(): Promise<void> {
    await this.bus.subscribe({ kinds: ['book'] }, (event) => {
      if (event.kind === 'book') this.onBook(event);
    });
    await this.startServices();
    this.startCollectors();
    await settle();
  }

  private async startServices(): Promise<void> {
    const { timers, random, bus } = this;
    const base = { clock: timers.clock, timers, random, logger: silentLogger() };
    const metrics = memoryMetrics();
    const rpc = openRpcDirectory({
      guard: UNGUARDED,
      ...base,
      metrics,
      addresses: {},
      listen: false,
    });
    const ports = { marketBus: async () => bus, tickStore: async () => discardingTickStore };
    const context = { ...base, metrics, rpc, ports };
    const risk = parseConfig(this.loaded, riskManager.configSchema);
    this.services.push(await riskManager.start({ ...context, config: risk }));
    const config = parseConfig(this.loaded, tradingEngine.configSchema);
    this.engine = await tradingEngine.start({ ...context, config });
    this.engine.onOpportunity((record) => {
      this.hash.update(JSON.stringify(record));
      for (const violation of recordViolations(record)) this.violated(violation);
      const ages = [record.opportunity.buy.bookAgeUs, record.opportunity.sell.bookAgeUs];
      if (record.reason === 'APPROVED' && Math.max(...ages) > config.engine.bookAgeMsMax * 1000) {
        this.violated(`opportunity ${record.opportunity.id}: approved on books ${ages} us old`);
      }
    });
    this.services.push(this.engine);
  }

  private startCollectors(): void {
    const { timers, random, bus } = this;
    const { venues } = parseConfig(this.loaded, sharedConfigSchema);
    const { collector } = parseConfig(this.loaded, collectorConfigSchema);
    for (const [name, venue] of Object.entries(venues)) {
      const listings = listingsOf({ ...parseConfig(this.loaded, sharedConfigSchema) }).filter(
        (listing) => listing.venue === name,
      );
      const core = new VenueCore({
        venue: venueId(name),
        listings,
        bus,
        ticks: discardingTickStore,
        clock: timers.clock,
        random: random.stream(`core.${name}`),
        logger: silentLogger(),
        settings: collector,
      });
      const dialect = nativeDialects.all.find((one) => one.name === venue.feed);
      const speaker = DIALECT_SERVERS.find((one) => one.venue === venue.feed);
      const simulated = this.model.venues.get(name);
      if (dialect === undefined || speaker === undefined || simulated === undefined) continue;
      const server = speaker.attach(simulated, {
        clock: timers.clock,
        timers,
        random,
        logger: silentLogger(),
        faults: { maintenance: false },
        accounts: { byApiKey: () => undefined },
      });
      const link = new SimLink({
        dialect,
        server,
        path: speaker.webSocketPath,
        symbols: listings.map(({ symbol }) => symbol),
        depth: collector.bookDepth,
        core,
        clock: timers.clock,
        timers,
        random: random.stream(`network.${name}`),
        counts: this.counts,
        faults: () => this.faultsAt(name),
      });
      timers.every(collector.guardPeriodMs, () => {
        core.guard();
        link.guard();
      });
      this.venues.push({ name, core, link });
      link.connect();
    }
  }

  private faultsAt(venue: string): NetworkFaults {
    return FLIP_NOTICED.has(venue) ? this.faults : { ...this.faults, flipShare: 0 };
  }

  /** Lets virtual time pass under these faults. */
  async run(options: { readonly ms: number; readonly faults: NetworkFaults }): Promise<void> {
    this.faults = options.faults;
    for (let passed = 0; passed < options.ms; passed += 50) {
      this.timers.advance(Math.min(50, options.ms - passed));
      await settle();
    }
  }

  market(place: { readonly venue: string; readonly symbol: string }) {
    return this.venues.find(({ name }) => name === place.venue)?.core.markets.get(place.symbol);
  }

  /**
   * Stops the market, lets what is under way arrive, and holds every book against its venue.
   * @param sabotage runs right before: for the proof that a wrong book is found
   */
  async compareBooks(sabotage?: () => void): Promise<void> {
    this.frozen = true;
    await this.run({ ms: 1000, faults: CALM });
    sabotage?.();
    for (const { name, core } of this.venues) {
      for (const market of core.markets.values()) {
        const named = `${name} ${market.instrument}`;
        if (!market.live) {
          this.violated(`${named}: no live book after the calm, ${market.reason}`);
          continue;
        }
        const truth = this.model.venues.get(name)?.markets.get(market.symbol)?.book;
        if (truth === undefined) continue;
        for (const side of ['bids', 'asks'] as const) {
          for (let level = 0; level < COMPARED_LEVELS; level += 1) {
            const ours = [market.book[side].price(level), market.book[side].size(level)];
            const theirs = [truth[side].price(level), truth[side].size(level)];
            if (String(ours) === String(theirs)) continue;
            this.violated(`${named}: ${side} level ${level} is ${ours}, the venue has ${theirs}`);
            break;
          }
        }
      }
    }
    this.frozen = false;
  }

  /** Ends everything. @returns the hash of all that was published and decided */
  async finish(): Promise<string> {
    for (const violation of totalsViolations(this.opportunities)) this.violated(violation);
    for (const { link } of this.venues) link.close();
    for (const service of this.services.toReversed()) {
      const drained = service.drain();
      this.timers.advance(1000);
      await drained;
    }
    return this.hash.digest('hex');
  }

  private onBook(book: BookTop): void {
    this.books += 1;
    const best = [book.bidPrices[0], book.bidSizes[0], book.askPrices[0], book.askSizes[0]];
    this.hash.update(`${book.venue}:${book.instrument}:${book.sequence}:${best.join()}\n`);
    const [bid, , ask] = best;
    if (book.bidCount > 0 && book.askCount > 0 && (bid as number) >= (ask as number)) {
      this.violated(`${book.venue} ${book.instrument}: a crossed book was published, ${best}`);
    }
    for (let level = 1; level < book.bidCount; level += 1) {
      const [better, worse] = [book.bidPrices[level - 1], book.bidPrices[level]];
      if ((better as number) > (worse as number)) continue;
      this.violated(`${book.venue} ${book.instrument}: bids are not sorted at level ${level}`);
    }
  }

  private violated(what: string): void {
    const atMs = Math.round(this.timers.clock.nowUs() / 1000);
    if (this.violations.length < VIOLATIONS_MAX) this.violations.push(`at ${atMs} ms, ${what}`);
  }
}
