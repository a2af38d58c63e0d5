import type { ServiceContext } from '@ats/runtime';
import { type Holding, type Leases, leaseLost, openLeases, type StateStore } from '@ats/storage';
import type { Bases } from './app/bases.ts';
import type { Trading } from './app/trading.ts';
import type { EngineConfig } from './config.ts';

type Context = ServiceContext<EngineConfig, unknown>;

/**
 * Shares base assets among engines. Who has a base proposes its opportunities and goes on with its
 * trades; who is to hand it over begins nothing more and waits until its trades have ended.
 */
export class SharedBases implements Bases {
  /** Resolves when another engine has what this one believed to have. */
  readonly failed: Promise<Error>;
  private readonly context: Context;
  private readonly fail: (problem: Error) => void;
  private readonly leaving = new Set<string>();
  private leases: Leases | undefined;
  private stopping = false;

  constructor(context: Context) {
    this.context = context;
    const { promise, resolve } = Promise.withResolvers<Error>();
    this.failed = promise;
    this.fail = resolve;
  }

  owns(base: string): boolean {
    return !this.leaving.has(base) && this.leases?.holding(base)?.held === true;
  }

  fenceOf(base: string) {
    return this.leases?.holding(base)?.fence;
  }

  /** @param onGained told of a base once its open trades go on here */
  async start(parts: {
    readonly state: StateStore;
    readonly bases: readonly string[];
    readonly trading: Trading;
    readonly onGained: (base: string) => Promise<void>;
  }): Promise<void> {
    const { state, bases, trading } = parts;
    this.leases = openLeases(this.context, {
      ...{ state, group: 'trading-engine', shards: bases },
      onGained: ({ shard }) => {
        trading
          .takeUp(shard)
          .then(() => parts.onGained(shard))
          .catch(this.fail);
      },
      onLost: (holding) => this.fail(leaseLost(holding)),
      onRelease: (holding) => this.release(holding, trading),
      onGone: (owner) => trading.publishOf(owner),
    });
    await this.leases.start();
  }

  trouble(): string {
    return this.leases?.trouble() ?? '';
  }

  /** Gives everything back; trades that are open are stored, and go on elsewhere. */
  async close(): Promise<void> {
    this.stopping = true;
    await this.leases?.close();
  }

  private async release({ shard }: Holding, { desk }: Trading): Promise<void> {
    const { timers, config } = this.context;
    this.leaving.add(shard);
    while (!this.stopping && desk.open().some(({ base }) => base === shard)) {
      await timers.sleep(config.engine.timerMs);
    }
    this.leaving.delete(shard);
  }
}
