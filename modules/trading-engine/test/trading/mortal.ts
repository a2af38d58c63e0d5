import type { EventLog, StateStore } from '@ats/storage';
import type { OrderDesk } from '../../src/app/order-desk.ts';

interface Reach {
  readonly state: StateStore;
  readonly log: EventLog;
  readonly orders: OrderDesk;
}

/**
 * Kills an engine at one of its effects on the world: before it, or after it and before the engine
 * learns of it. From then on nothing that the engine does reaches anything.
 */
export class Mortal {
  dead = false;
  /** Resolves once it is dead. */
  readonly death: Promise<void>;
  /** Effects so far. */
  effects = 0;
  private readonly die: () => void;
  private readonly at: number;
  private readonly when: 'before' | 'after';

  constructor(options: { readonly at: number; readonly when: 'before' | 'after' }) {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.death = promise;
    this.die = () => {
      this.dead = true;
      resolve();
    };
    this.at = options.at;
    this.when = options.when;
  }

  wrap({ state, log, orders }: Reach): Reach {
    const effect = this.effect.bind(this);
    return {
      state: {
        transact: (items) => effect(() => state.transact(items)),
        get: (key) => this.alive(() => state.get(key)),
        query: (query) => this.alive(() => state.query(query)),
        health: () => state.health(),
        close: () => state.close(),
      },
      log: {
        append: (record) => effect(() => log.append(record)),
        subscribe: (options) =>
          log.subscribe({
            ...options,
            handle: (batch) =>
              this.alive(() =>
                options.handle({ ...batch, commit: (to) => effect(() => batch.commit(to)) }),
              ),
          }),
        read: (options) => log.read(options),
        lag: (options) => log.lag(options),
        health: () => log.health(),
        close: () => log.close(),
      },
      orders: {
        submit: (submission) => effect(() => orders.submit(submission)),
        cancel: (request) => effect(() => orders.cancel(request)),
        find: (orderId) => this.alive(() => orders.find(orderId)),
        ofAccount: (accountId) => this.alive(() => orders.ofAccount(accountId)),
      },
    };
  }

  private alive<Value>(work: () => Promise<Value>): Promise<Value> {
    return this.dead ? Promise.reject(new Error('killed')) : work();
  }

  private async effect<Value>(work: () => Promise<Value>): Promise<Value> {
    if (this.dead) throw new Error('killed');
    this.effects += 1;
    const last = this.effects === this.at;
    if (last && this.when === 'before') this.die();
    if (this.dead) throw new Error('killed');
    const value = await work();
    if (last) this.die();
    if (this.dead) throw new Error('killed');
    return value;
  }
}
