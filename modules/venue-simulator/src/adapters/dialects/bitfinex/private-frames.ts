import type { Decimal } from '@ats/domain';
import type { Account } from '../../../domain/accounts/account.ts';
import type { Balance } from '../../../domain/accounts/balances.ts';
import type { AccountOrder, AccountTrade } from '../../../domain/accounts/orders.ts';
import { toMillis } from '../shared/numbers.ts';
import { plain } from '../shared/private.ts';

/** Bitfinex's letters for assets. */
const LETTERS: Readonly<Record<string, string>> = { USDT: 'UST', USDC: 'UDC' };
const POST_ONLY = 4096;

const letters = (asset: string): string => LETTERS[asset] ?? asset;

/** JSON text of a row whose decimals are numbers with all their digits, as Bitfinex sends them. */
export type RowText = string;

const row = (cells: readonly (string | null)[]): RowText => `[${cells.map(String).join(',')}]`;
const quoted = (text: string): string => JSON.stringify(text);
const signed = (value: Decimal, side: 'bid' | 'ask'): string =>
  plain(side === 'bid' ? value : value.negate());

export const rows = (texts: readonly RowText[]): RowText => `[${texts.join(',')}]`;

export function walletRow({ asset, available, locked }: Balance): RowText {
  const total = plain(available.add(locked));
  const name = quoted(letters(asset));
  return row([quoted('exchange'), name, total, '0', plain(available), null, null]);
}

function typeOf(order: Pick<AccountOrder, 'type' | 'timeInForce'>): string {
  if (order.type === 'market') return 'EXCHANGE MARKET';
  const { timeInForce } = order;
  return timeInForce === 'gtc' ? 'EXCHANGE LIMIT' : `EXCHANGE ${timeInForce.toUpperCase()}`;
}

/** `EXECUTED @ 97000.0(0.1)`, `PARTIALLY FILLED @ ...`, `IOC CANCELED`. */
function statusOf(order: AccountOrder, average: string): string {
  const filled = `@ ${average}(${signed(order.filled, order.side)})`;
  if (order.state === 'filled') return `EXECUTED ${filled}`;
  if (order.state === 'open')
    return order.fillCount === 0 ? 'ACTIVE' : `PARTIALLY FILLED ${filled}`;
  const was = order.fillCount === 0 ? '' : ` was: PARTIALLY FILLED ${filled}`;
  if (order.endReason === 'immediate-or-cancel' && order.type === 'limit') {
    return `IOC CANCELED${was}`;
  }
  return `${order.endReason === 'fill-or-kill' ? 'FILLORKILL CANCELED' : 'CANCELED'}${was}`;
}

/** An order's 32 places; what it has nothing for is null. */
export function orderRow(order: AccountOrder): RowText {
  const { side, listing, quantity, filled } = order;
  const scale = listing.priceTick.scale + 5;
  const average = filled.isZero()
    ? '0'
    : plain(order.filledNotional.divide(filled, { scale, rounding: 'half-even' }));
  const type = quoted(typeOf(order));
  const cells: (string | null)[] = new Array<null>(32).fill(null);
  cells[0] = String(order.number);
  cells[2] = order.clientOrderId ?? null;
  cells[3] = quoted(listing.symbol);
  cells[4] = String(toMillis(order.createdUs));
  cells[5] = String(toMillis(order.updatedUs));
  cells[6] = signed(quantity.subtract(filled), side);
  cells[7] = signed(quantity, side);
  cells[8] = type;
  cells[12] = String(order.postOnly ? POST_ONLY : 0);
  cells[13] = quoted(statusOf(order, average));
  cells[16] = order.price === undefined ? '0' : plain(order.price);
  cells[17] = average;
  cells[18] = '0';
  cells[19] = '0';
  cells[23] = '0';
  cells[24] = '0';
  cells[28] = quoted('API>BFX');
  return row(cells);
}

/** As `tradeRow`, told before the fee is known. */
export function executedRow(trade: AccountTrade): RowText {
  return row([...tradeCells(trade), null, null, trade.clientOrderId ?? null]);
}

export function tradeRow(trade: AccountTrade): RowText {
  const fee = [plain(trade.fee.negate()), quoted(letters(trade.feeAsset))];
  return row([...tradeCells(trade), ...fee, trade.clientOrderId ?? null]);
}

function tradeCells(trade: AccountTrade): readonly string[] {
  return [
    String(trade.number),
    quoted(trade.listing.symbol),
    String(toMillis(trade.timeUs)),
    String(trade.orderNumber),
    signed(trade.quantity, trade.side),
    plain(trade.price),
    quoted(typeOf({ type: trade.orderType, timeInForce: 'gtc' })),
    trade.orderPrice === undefined ? '0' : plain(trade.orderPrice),
    trade.isMaker ? '1' : '-1',
  ];
}

/** The notification that answers a request to change something. */
export function notification(parts: {
  readonly timeUs: number;
  readonly kind: 'on-req' | 'oc-req' | 'ou-req';
  readonly data: RowText;
  readonly text: string;
}): RowText {
  const { timeUs, kind, data, text } = parts;
  const time = String(toMillis(timeUs));
  return row([time, quoted(kind), null, null, data, null, quoted('SUCCESS'), quoted(text)]);
}

/** `/v2/auth/r/permissions`: scope, may read, may write. */
export const permissionRows = ({ mayWithdraw }: Account): readonly (readonly unknown[])[] => [
  ['orders', 1, 1],
  ['wallets', 1, 0],
  ['withdraw', 0, mayWithdraw ? 1 : 0],
];
