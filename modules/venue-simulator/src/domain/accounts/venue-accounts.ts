import type { Decimal } from '@ats/domain';
import { accountOrderId } from '../order-ids.ts';
import { FIRST_ACCOUNT_OWNER, type SimulatedMarket } from '../simulated-market.ts';
import { Account, type AccountLimits, type AccountOptions } from './account.ts';
import type { AccountFaults, ClientIdRule, FeeAsset, FeeIn } from './orders.ts';

export interface VenueAccountsOptions {
  readonly markets: ReadonlyMap<string, SimulatedMarket>;
  readonly limits: AccountLimits;
  readonly clientIdRule: ClientIdRule;
  readonly onAnswer: AccountOptions['onAnswer'];
  readonly onReport?: AccountOptions['onReport'];
  readonly onEnter?: AccountOptions['onEnter'];
  readonly faults?: AccountFaults | undefined;
  readonly accounts: readonly {
    readonly name: string;
    readonly deposits: ReadonlyMap<string, Decimal>;
    readonly feeIn: FeeIn;
    readonly mayWithdraw?: boolean | undefined;
    readonly feeAsset?: FeeAsset | undefined;
  }[];
}

/** Opens the accounts of one venue; the venue's markets tell each of its own orders. */
export function openAccounts(options: VenueAccountsOptions): readonly Account[] {
  const { markets, limits, clientIdRule, onAnswer, onReport, onEnter, faults } = options;
  let orders = 0;
  let trades = 0;
  const nextOrder = () => {
    orders += 1;
    return { number: orders, engineOrderId: accountOrderId(orders) };
  };
  const nextTradeNumber = () => {
    trades += 1;
    return trades;
  };
  const accounts = options.accounts.map(
    (one, index) =>
      new Account({
        ...one,
        owner: FIRST_ACCOUNT_OWNER + index,
        markets,
        limits,
        clientIdRule,
        onAnswer,
        onReport,
        onEnter,
        faults,
        nextOrder,
        nextTradeNumber,
      }),
  );
  const ofOwner = (owner: number): Account | undefined => accounts[owner - FIRST_ACCOUNT_OWNER];
  for (const market of markets.values()) {
    market.listenForAccounts({
      accepted: (order) => ofOwner(order.owner)?.taken(order.orderId, 'accepted'),
      replaced: (order) => ofOwner(order.owner)?.taken(order.orderId, 'replaced'),
      executed(execution, trade) {
        ofOwner(execution.makerOwner)?.executed(execution, trade, 'maker');
        ofOwner(execution.takerOwner)?.executed(execution, trade, 'taker');
      },
      canceled: (cancel) => ofOwner(cancel.owner)?.canceled(cancel),
    });
  }
  return accounts;
}
