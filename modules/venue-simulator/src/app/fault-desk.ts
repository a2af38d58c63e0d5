import { AtsError } from '@ats/domain';
import type { Logger, TimerHandle, Timers } from '@ats/runtime';
import type { SimulatedVenue } from '../domain/model/market-model.ts';
import { COUNTED_FAULTS } from './counted-faults.ts';
import type { Fault } from './fault-schema.ts';
import type { SimulatorMetrics } from './simulator-metrics.ts';
import type { LastingFault, VenueFaults } from './venue-faults.ts';

/** What a fault acts on, beside the states that `VenueFaults` holds. */
export interface FaultyServer {
  disconnect(): void;
  faultFrames(fault: 'gap' | 'duplicate', count: number): void;
  maintain(active: boolean): void;
  kill(): void;
  revive(): Promise<void>;
}

export interface FaultyVenue {
  readonly venue: SimulatedVenue;
  readonly faults: VenueFaults;
  readonly server: FaultyServer;
  readonly accounts: { cancelAll(): void };
}

export interface FaultDeskOptions {
  readonly venues: ReadonlyMap<string, FaultyVenue>;
  readonly metrics: SimulatorMetrics;
  readonly logger: Logger;
  readonly timers: Timers;
  /** The time that the markets show. */
  readonly marketTimeUs: () => number;
}

/** A crossed book that is asked for without an end. */
const FOR_GOOD_US = Number.MAX_SAFE_INTEGER;

/** Makes faults happen, from the configuration or from the admin API. */
export class FaultDesk {
  private readonly options: FaultDeskOptions;
  private readonly later = new Set<TimerHandle>();

  constructor(options: FaultDeskOptions) {
    this.options = options;
  }

  /** Now, or when its time has come. @throws VENUE_UNKNOWN */
  apply(fault: Fault): void {
    const targets = this.targetsOf(fault);
    if (fault.afterMs === 0) {
      this.start(fault, targets);
      return;
    }
    const timer = this.options.timers.after(fault.afterMs, () => {
      this.later.delete(timer);
      this.start(fault, targets);
    });
    this.later.add(timer);
  }

  private start(fault: Fault, targets: readonly FaultyVenue[]): void {
    for (const target of targets) {
      this.options.metrics.faults.add({ venue: target.venue.name, kind: fault.kind });
      this.options.logger.info('fault.begun', `fault ${fault.kind}`, {
        venue: target.venue.name,
        fault,
      });
      this.begin(fault, target);
    }
  }

  /** Ends every fault that lasts, and forgets those that have not begun. */
  clear(): void {
    for (const timer of this.later) timer.cancel();
    this.later.clear();
    for (const { faults } of this.options.venues.values()) faults.clear();
  }

  /** Names of the faults in force, by venue. */
  active(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries(
      [...this.options.venues].map(([name, { faults }]) => [name, faults.active]),
    );
  }

  private targetsOf(fault: Fault): readonly FaultyVenue[] {
    const { venues } = this.options;
    if (fault.venue === undefined) return [...venues.values()];
    const target = venues.get(fault.venue);
    if (target !== undefined) return [target];
    throw new AtsError({
      code: 'VENUE_UNKNOWN',
      message: `fault venue "${fault.venue}" is not simulated`,
      remedy: `Name one of ${[...venues.keys()].join(', ')}, or none for all.`,
      context: { field: 'venue', value: fault.venue },
    });
  }

  private begin(fault: Fault, target: FaultyVenue): void {
    const { kind, durationMs, count } = fault;
    const { venue, faults, server } = target;
    const counted = COUNTED_FAULTS.find((one) => one === kind);
    if (counted !== undefined) faults.counted.arm(counted, fault);
    else if (kind === 'mass-cancel') target.accounts.cancelAll();
    else if (kind === 'disconnect') this.disconnect(fault, target);
    else if (kind === 'gap' || kind === 'duplicate') server.faultFrames(kind, count);
    else if (kind === 'crossed') this.cross(venue, durationMs);
    else {
      const set = this.setter(kind as LastingFault, fault, target);
      faults.hold(kind as LastingFault, durationMs, {
        begin: () => set(true),
        end: () => set(false),
      });
    }
  }

  private disconnect(fault: Fault, { server, accounts }: FaultyVenue): void {
    server.disconnect();
    if (fault.massCancel) accounts.cancelAll();
  }

  /** What turns a lasting fault on and off. */
  private setter(
    kind: LastingFault,
    fault: Fault,
    { venue, faults, server, accounts }: FaultyVenue,
  ): (active: boolean) => void {
    const { amountMs, scope, massCancel } = fault;
    switch (kind) {
      case 'latency':
        return (active) => {
          faults.latencyMs = active ? Math.max(0, amountMs) : 0;
        };
      case 'rate-limit':
        return (active) => {
          faults.limited = active ? scope : undefined;
        };
      case 'ban':
        return (active) => {
          faults.banned = active ? scope : undefined;
        };
      case 'clock-drift':
        return (active) => {
          venue.clockDriftUs = active ? amountMs * 1000 : 0;
        };
      case 'price-shock':
        return (active) => {
          venue.priceShock = active ? { asset: fault.asset, bps: fault.amountBps } : undefined;
        };
      case 'maintenance':
        return (active) => {
          faults.maintenance = active;
          server.maintain(active);
        };
      case 'kill':
        return (active) => {
          if (!active) {
            this.revive(venue.name, server);
            return;
          }
          server.kill();
          if (massCancel) accounts.cancelAll();
        };
    }
  }

  private cross(venue: SimulatedVenue, durationMs: number): void {
    const nowUs = this.options.marketTimeUs() + venue.clockDriftUs;
    const untilUs = durationMs === 0 ? FOR_GOOD_US : nowUs + durationMs * 1000;
    for (const market of venue.markets.values()) market.cross(untilUs);
  }

  private revive(name: string, server: FaultyServer): void {
    server.revive().catch((cause: unknown) => {
      this.options.logger.error('fault.revive_failed', String(cause), { venue: name });
    });
  }
}
