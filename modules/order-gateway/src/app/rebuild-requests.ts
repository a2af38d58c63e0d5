import { deriveOrderId, type OrderId } from '@ats/domain';
import { type Rebuilder, type RebuiltItem, readOrderCommand } from '@ats/orders';
import type { LogRecord } from '@ats/storage';
import { cancelDigest, replaceDigest } from '../domain/requests.ts';
import { type Remembered, rememberedItem } from './request-memory.ts';

/** Requests that were taken, from the commands that they led to. */
export class RequestsRebuilder implements Rebuilder {
  readonly topics = ['orders.commands'] as const;
  private readonly requests = new Map<string, Remembered & { readonly atUs: number }>();
  private readonly keepUs: number;

  /** @param options `keepUs`: how long a request is known, microseconds */
  constructor(options: { readonly keepUs: number }) {
    this.keepUs = options.keepUs;
  }

  add(record: LogRecord): void {
    const command = readOrderCommand(record);
    const { correlationId } = record.headers;
    const about = { accountId: record.key, atUs: command.issuedAtUs };
    switch (command.kind) {
      case 'submit': {
        const { order, asked } = command;
        if (asked !== undefined) this.submitted({ ...about, ...asked, orderId: order.orderId });
        return;
      }
      case 'cancel': {
        const { orderId, requestId } = command;
        const digest = cancelDigest({ orderId, requestId, correlationId });
        return this.remember({ ...about, requestId, digest, orderIds: [orderId] });
      }
      case 'replace': {
        const { orderId } = command;
        const { requestId, quantity, limitPrice } = command.replacement;
        // The gateway takes no replace without a price.
        if (limitPrice === undefined) return;
        const wish = { orderId, requestId, quantity, limitPrice, correlationId };
        const digest = replaceDigest(wish);
        return this.remember({ ...about, requestId, digest, orderIds: [orderId] });
      }
    }
  }

  *items(): Generator<RebuiltItem> {
    for (const { atUs, ...remembered } of this.requests.values()) {
      yield { ...rememberedItem(remembered), expiresAtUs: atUs + this.keepUs };
    }
  }

  private remember(request: Remembered & { readonly atUs: number }): void {
    this.requests.set(`${request.accountId}/${request.requestId}`, request);
  }

  /** Orders of one request come one by one; ids of orders say which is which. */
  private submitted(
    one: Omit<Remembered, 'orderIds'> & { readonly atUs: number; readonly orderId: OrderId },
  ): void {
    const { orderId, ...request } = one;
    const known = this.requests.get(`${request.accountId}/${request.requestId}`);
    const ids = new Set([...(known?.orderIds ?? []), orderId]);
    const ordered = [...ids].map((_, index) =>
      deriveOrderId({ ...request, accountId: request.accountId as never, index }),
    );
    const whole = ordered.every((id) => ids.has(id));
    this.remember({ ...request, orderIds: whole ? ordered : [...ids] });
  }
}
