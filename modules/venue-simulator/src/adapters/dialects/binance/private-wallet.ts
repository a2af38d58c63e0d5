import type { Account } from '../../../domain/accounts/account.ts';
import type { SimVenue } from '../../../domain/sim-market.ts';
import { plain } from '../shared/private.ts';

/** `/sapi/v1/capital/config/getall`: what clients learn the currencies from. */
export function walletAssets(venue: SimVenue, account: Account): readonly object[] {
  const networks = new Map<string, string>();
  for (const { listing } of venue.markets.values()) {
    for (const { id, network } of [listing.base, listing.quote]) networks.set(id, network);
  }
  return account.balances.map(({ asset, available, locked }) => ({
    coin: asset,
    depositAllEnable: false,
    withdrawAllEnable: false,
    name: asset,
    free: plain(available),
    locked: plain(locked),
    freeze: '0',
    withdrawing: '0',
    ipoing: '0',
    ipoable: '0',
    storage: '0',
    isLegalMoney: networks.get(asset) === 'fiat',
    trading: true,
    networkList: [
      {
        network: (networks.get(asset) ?? 'unknown').toUpperCase(),
        coin: asset,
        withdrawIntegerMultiple: '0.00000001',
        isDefault: true,
        depositEnable: false,
        withdrawEnable: false,
        name: networks.get(asset) ?? 'unknown',
        withdrawFee: '0',
        withdrawMin: '0',
        withdrawMax: '0',
      },
    ],
  }));
}

/** Nothing is lent here. */
export const marginPairs = (): readonly object[] => [];

/** `/sapi/v1/account/apiRestrictions`. */
export const keyRestrictions = ({ mayWithdraw }: Account): object => {
  return { ipRestrict: false, enableReading: true, enableWithdrawals: mayWithdraw };
};
