import { AtsError } from '@ats/domain';
import {
  type Clock,
  type RandomStream,
  seededRandom,
  type Timers,
  virtualTimers,
} from '@ats/runtime';
import { type Holding, Leases, memoryStateStore, type StateStore } from '@ats/storage';
import { silentLogger } from '@ats/testkit';

export const TERM_MS = 3000;

/** What the world does to its nodes. */
export interface Weather {
  /** How much faster or slower than true time a node's clock may run: 0.1 is a tenth. */
  readonly driftMax: number;
  /** Chance that an answer of the store is lost, made or not. */
  readonly lossRate: number;
  /** Longest that the store takes, and that a process stands still, milliseconds. */
  readonly storeMsMax: number;
  readonly pauseMsMax: number;
}

/** A process with a clock of its own, that stands still now and then. */
export class Node {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly leases: Leases;
  readonly gained: Holding[] = [];
  /** Shards that it works, as it was told. */
  readonly works = new Map<string, Holding>();
  private readonly world: LeaseWorld;
  private pausedUntilUs = 0;

  constructor(
    world: LeaseWorld,
    { name, run, onGone }: { name: string; run: string; onGone: (name: string) => unknown },
  ) {
    this.world = world;
    const { base, random, weather } = world;
    const beganUs = base.clock.nowUs();
    const rate = 1 + (random.next() * 2 - 1) * weather.driftMax;
    // Wall clocks need not agree at all.
    const offsetUs = Math.round(random.next() * 1e12);
    this.clock = {
      nowUs: () => beganUs + offsetUs + Math.round((base.clock.nowUs() - beganUs) * rate),
    };
    const sleep = async (ms: number): Promise<void> => {
      await base.sleep(ms / rate);
      await this.awake();
    };
    const run1 = (work: () => void) => (): void => void this.awake().then(work);
    this.timers = {
      sleep,
      after: (ms, work) => base.after(ms / rate, run1(work)),
      every: (ms, work) => base.every(ms / rate, run1(work)),
    };
    const end = (holding: Holding): void => {
      this.works.delete(holding.shard);
    };
    this.leases = new Leases({
      ...{ state: this.store(), clock: this.clock, timers: this.timers, logger: silentLogger() },
      ...{ group: 'work', shards: world.shards, holder: name, run, termMs: TERM_MS },
      onGained: (holding) => {
        this.gained.push(holding);
        this.works.set(holding.shard, holding);
      },
      onLost: end,
      onRelease: async (holding) => {
        await sleep(random.next() * 200);
        end(holding);
      },
      onGone: async (gone) => void onGone(gone),
    });
  }

  pause(ms: number): void {
    this.pausedUntilUs = this.world.base.clock.nowUs() + Math.ceil(ms * 1000);
  }

  /** Writes under the token of each shard that it works, believing whatever it believes. */
  async work(): Promise<void> {
    const { world } = this;
    for (const { shard, token, fence } of this.works.values()) {
      const write = async (): Promise<void> => {
        // Noted in the store's order, whatever becomes of the answer.
        const { kind } = await world.state.transact([fence]);
        if (kind === 'committed') world.wrote(shard, token);
      };
      await this.far(write).catch(() => undefined);
    }
  }

  private async awake(): Promise<void> {
    const { base } = this.world;
    while (base.clock.nowUs() < this.pausedUntilUs) {
      await base.sleep((this.pausedUntilUs - base.clock.nowUs()) / 1000);
    }
  }

  private async far<Result>(ask: () => Promise<Result>): Promise<Result> {
    const { base, random, weather } = this.world;
    const lost = random.next() < weather.lossRate;
    await base.sleep(random.next() * weather.storeMsMax);
    const never = lost && random.next() < 0.5;
    const result = never ? undefined : await ask();
    await base.sleep(random.next() * weather.storeMsMax);
    await this.awake();
    if (!lost) return result as Result;
    throw new AtsError({ code: 'STORAGE_UNAVAILABLE', message: 'no answer', retry: 'unknown' });
  }

  /** The one store, at the end of a line that is slow and loses answers. */
  private store(): StateStore {
    const { state } = this.world;
    return {
      health: () => state.health(),
      close: () => state.close(),
      transact: (items) => this.far(() => state.transact(items)),
      query: (query) => this.far(() => state.query(query)),
      get: async (key) => this.far(() => state.get(key)),
    };
  }
}

/** Nodes that share shards through one store, in virtual time. */
export class LeaseWorld {
  readonly base = virtualTimers();
  readonly random: RandomStream;
  readonly state = memoryStateStore(this.base.clock);
  readonly nodes: Node[] = [];
  readonly weather: Weather;
  readonly shards: readonly string[];
  /** Writes that the store took out of order of their tokens. */
  readonly stale: string[] = [];
  private readonly newest = new Map<string, number>();
  private runs = 0;

  constructor(options: { seed: number; shards: readonly string[]; weather: Partial<Weather> }) {
    this.random = seededRandom(options.seed).stream('leases');
    this.shards = options.shards;
    const calm = { driftMax: 0, lossRate: 0, storeMsMax: 20, pauseMsMax: 0 };
    this.weather = { ...calm, ...options.weather };
  }

  start(name: string, onGone: (name: string) => unknown = () => undefined): Node {
    this.runs += 1;
    const node = new Node(this, { name, run: `run-${this.runs}`, onGone });
    this.nodes.push(node);
    void node.leases.start();
    return node;
  }

  /** As `kill -9`: nothing of it happens any more. */
  kill(node: Node): void {
    node.pause(1e12);
    this.nodes.splice(this.nodes.indexOf(node), 1);
  }

  /** Who believes to hold a shard, by its own clock. */
  believers(shard: string): readonly Node[] {
    return this.nodes.filter(({ leases }) => leases.holding(shard)?.held === true);
  }

  wrote(shard: string, token: number): void {
    const newest = this.newest.get(shard) ?? 0;
    if (token < newest) this.stale.push(`${shard}: ${token} after ${newest}`);
    this.newest.set(shard, Math.max(newest, token));
  }
}
