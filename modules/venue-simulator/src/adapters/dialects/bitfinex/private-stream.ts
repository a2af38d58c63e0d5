import type { AccountKey } from '../../../app/dialect-server.ts';
import type { AccountReport } from '../../../domain/accounts/orders.ts';
import {
  executedRow,
  orderRow,
  type RowText,
  rows,
  tradeRow,
  walletRow,
} from './private-frames.ts';

/** What follows the channel id 0 in each frame, `,"on",[...]`. */
export type PrivateBody = string;

const body = (name: string, row: RowText): PrivateBody => `,"${name}",${row}`;

/** Open orders and wallets, told when a connection has authenticated. */
export function snapshotBodies({ account }: AccountKey): readonly PrivateBody[] {
  return [
    body('os', rows(account.openOrders().map(orderRow))),
    body('ws', rows(account.balances.map(walletRow))),
  ];
}

/**
 * The frames that a report becomes: orders new, updated and gone, trades executed and written
 * down, wallets. Source: docs.bitfinex.com, "Account info".
 */
export function reportBodies(report: AccountReport): readonly PrivateBody[] {
  const wallets = report.balances.map((balance) => body('wu', walletRow(balance)));
  switch (report.kind) {
    case 'accepted':
      return [body('on', orderRow(report.order)), ...wallets];
    case 'replaced':
      return [body('ou', orderRow(report.order)), ...wallets];
    case 'canceled':
      return [body('oc', orderRow(report.order)), ...wallets];
    case 'filled': {
      const { order, trade } = report;
      const change = body(order.state === 'open' ? 'ou' : 'oc', orderRow(order));
      return [body('te', executedRow(trade)), change, body('tu', tradeRow(trade)), ...wallets];
    }
    case 'transferred':
      return wallets;
  }
}
