import type { Clock } from '@ats/runtime';
import type { AccountKey } from '../../../app/dialect-server.ts';
import type { AccountOrder } from '../../../domain/accounts/orders.ts';
import { uuidOf } from '../shared/uuid.ts';
import { envelope, type Unnumbered } from './frames.ts';
import { userOrder } from './private-frames.ts';

/** The user channel of one connection: an account's orders, of some products or of all. */
export class CoinbaseUserChannel {
  private readonly clock: Clock;
  private readonly send: (message: Unnumbered) => void;
  private readonly products = new Set<string>();
  private stop: (() => void) | undefined;
  private key: AccountKey | undefined;

  constructor(options: {
    readonly clock: Clock;
    readonly send: (message: Unnumbered) => void;
  }) {
    this.clock = options.clock;
    this.send = options.send;
  }

  /** Whose orders are told, in the form of the venue's user ids. */
  get userId(): string | undefined {
    return this.key === undefined ? undefined : uuidOf('account', this.key.account.owner);
  }

  /** Adds products, all of them when none is named; a snapshot of what is open follows. */
  subscribe(key: AccountKey, products: readonly string[]): void {
    this.stop?.();
    this.key = key;
    for (const product of products) this.products.add(product);
    if (products.length === 0) this.products.clear();
    this.stop = key.listen((report) => {
      if (report.kind !== 'transferred') this.tell('update', [report.order]);
    });
    this.tell('snapshot', key.account.openOrders());
  }

  close(): void {
    this.stop?.();
    this.stop = undefined;
    this.key = undefined;
    this.products.clear();
  }

  private tell(type: 'snapshot' | 'update', orders: readonly AccountOrder[]): void {
    const { products } = this;
    const told = orders.filter(
      ({ listing }) => products.size === 0 || products.has(listing.symbol),
    );
    if (type === 'update' && told.length === 0) return;
    const positions = { perpetual_futures_positions: [], expiring_futures_positions: [] };
    const event = JSON.stringify({ type, orders: told.map(userOrder), positions });
    this.send(envelope('user', this.clock.nowUs(), event));
  }
}
