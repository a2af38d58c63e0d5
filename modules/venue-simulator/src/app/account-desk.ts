import type { Decimal } from '@ats/domain';
import type { Account } from '../domain/accounts/account.ts';
import type { AccountOrder, AccountTrade } from '../domain/accounts/orders.ts';
import type { DialectServer } from './dialect-server.ts';

export interface AccountVenue {
  readonly dialect: DialectServer;
  readonly accounts: { readonly byName: ReadonlyMap<string, Account> };
}

/** Which account money is paid into or out of, and how much of it. */
export interface TransferRequest {
  readonly venue: string;
  readonly account: string;
  readonly kind: 'deposit' | 'withdraw';
  readonly asset: string;
  /** Above 0. */
  readonly amount: Decimal;
}

export type TransferAnswer =
  | { readonly kind: 'done'; readonly balance: object | undefined }
  /** There is less than was to be paid out. */
  | { readonly kind: 'too-little' }
  /** What is named is not there; `known` is what there is. */
  | {
      readonly kind: 'unknown';
      readonly field: 'venue' | 'account' | 'asset';
      readonly known: readonly string[];
    };

/** Looks into the accounts of all venues, and pays in and out, from outside of the exchanges. */
export class AccountDesk {
  private readonly venues: ReadonlyMap<string, AccountVenue>;

  constructor(venues: ReadonlyMap<string, AccountVenue>) {
    this.venues = venues;
  }

  /** Everything that the accounts remember, by venue and name; amounts are texts. */
  describe(): Readonly<Record<string, Readonly<Record<string, object>>>> {
    return Object.fromEntries(
      [...this.venues].map(([name, { dialect, accounts }]) => [
        name,
        Object.fromEntries(
          [...accounts.byName].map(([account, one]) => [account, describeAccount(one, dialect)]),
        ),
      ]),
    );
  }

  /** Pays in or out, unless that cannot be. */
  transfer(request: TransferRequest): TransferAnswer {
    const { asset, amount, kind } = request;
    const venue = this.venues.get(request.venue);
    if (venue === undefined) {
      return { kind: 'unknown', field: 'venue', known: [...this.venues.keys()] };
    }
    const { byName } = venue.accounts;
    const account = byName.get(request.account);
    if (account === undefined) {
      return { kind: 'unknown', field: 'account', known: [...byName.keys()] };
    }
    const known = account.balances.map((balance) => balance.asset);
    if (!known.includes(asset)) return { kind: 'unknown', field: 'asset', known };
    const isDone = account.transfer(asset, kind === 'deposit' ? amount : amount.negate());
    if (!isDone) return { kind: 'too-little' };
    const balance = account.balances.find((one) => one.asset === asset);
    return { kind: 'done', balance: balance === undefined ? undefined : describeBalance(balance) };
  }
}

const describeBalance = (balance: Account['balances'][number]): object => ({
  asset: balance.asset,
  available: String(balance.available),
  locked: String(balance.locked),
});

function describeAccount(account: Account, dialect: DialectServer): object {
  const orderId = (orderNumber: number): string =>
    dialect.orderId?.(orderNumber) ?? String(orderNumber);
  const order = (one: AccountOrder): object => describeOrder(one, orderId(one.number));
  return {
    balances: account.balances.map(describeBalance),
    transferred: Object.fromEntries(
      [...account.transferred].map(([asset, amount]) => [asset, String(amount)]),
    ),
    openOrders: account.openOrders().map(order),
    doneOrders: account
      .orders()
      .filter(({ state }) => state !== 'open')
      .map(order),
    trades: account.trades.map((trade) => ({
      tradeId: dialect.tradeId?.(trade) ?? String(trade.number),
      orderId: orderId(trade.orderNumber),
      ...describeTrade(trade),
    })),
  };
}

function describeOrder(order: AccountOrder, orderId: string): object {
  return {
    orderId,
    clientOrderId: order.clientOrderId ?? null,
    symbol: order.listing.symbol,
    side: order.side,
    type: order.type,
    timeInForce: order.timeInForce,
    price: order.price === undefined ? null : String(order.price),
    quantity: String(order.quantity),
    filled: String(order.filled),
    filledNotional: String(order.filledNotional),
    fee: String(order.fee),
    feeAsset: order.feeAsset,
    locked: String(order.locked),
    state: order.state,
    endReason: order.endReason ?? null,
    createdUs: order.createdUs,
    updatedUs: order.updatedUs,
  };
}

function describeTrade(trade: AccountTrade): object {
  return {
    clientOrderId: trade.clientOrderId ?? null,
    symbol: trade.listing.symbol,
    side: trade.side,
    isMaker: trade.isMaker,
    price: String(trade.price),
    quantity: String(trade.quantity),
    notional: String(trade.notional),
    fee: String(trade.fee),
    feeAsset: trade.feeAsset,
    timeUs: trade.timeUs,
  };
}
