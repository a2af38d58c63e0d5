import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  accountId,
  assetId,
  clientOrderId,
  Decimal,
  executionId,
  instrumentId,
  type LedgerEntry,
  type OrderId,
  orderId,
  venueId,
} from '@ats/domain';
import {
  applyToOrder,
  balanceItems,
  createOrderItems,
  emptyHold,
  ledgerEntryRecord,
  moveMoney,
  openOrder,
  settleFill,
} from '@ats/orders';
import { systemClock, systemTimers } from '@ats/runtime';
import { type EventLog, openLmdbEventLog, openLmdbStateStore, type StateStore } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import type { VenueAccount } from '../src/simulator.ts';
import { UNANSWERED } from '../src/traffic.ts';
import { type Evidence, isSound, judge } from '../src/verdict.ts';

const MAIN = accountId('main');
const BINANCE = venueId('binance');
const PAIR = instrumentId({ base: 'BTC', quote: 'USDT' });
const [BTC, USDT] = [assetId('BTC'), assetId('USDT')];
const FEE = { asset: USDT, amount: Decimal.parse('0.1') };
const FILL = { quantity: Decimal.parse('1'), price: Decimal.parse('100'), fee: FEE };
const atUs = 1_780_000_000_000_000;

let log: EventLog;
let state: StateStore;

async function post(entry: LedgerEntry): Promise<void> {
  await state.transact(balanceItems([entry]));
  await log.append(ledgerEntryRecord(entry, { accountId: MAIN, correlationId: 'test' }));
}

/** An order as it is stored; of a filled one the fill is booked as well. */
async function order(name: string, ended: boolean): Promise<OrderId> {
  const id = orderId(name);
  const opened = openOrder({
    orderId: id,
    accountId: MAIN,
    tradeId: undefined,
    terms: {
      clientOrderId: clientOrderId(name),
      venue: BINANCE,
      instrument: PAIR,
      side: 'buy',
      type: 'limit',
      timeInForce: 'ioc',
      quantity: FILL.quantity,
      limitPrice: FILL.price,
      postOnly: false,
    },
    atUs,
  });
  const hold = emptyHold({ orderId: id, accountId: MAIN, venue: BINANCE });
  const fill = { ...FILL, kind: 'fill', executionId: executionId(name), atUs } as const;
  const outcome = applyToOrder(opened, fill, new Set());
  await state.transact(createOrderItems(ended ? outcome.order : opened, hold));
  if (!ended) return id;
  const { entry } = settleFill({
    hold,
    side: 'buy',
    instrument: PAIR,
    base: BTC,
    quote: USDT,
    executionId: executionId(name),
    fill: FILL,
    atUs,
  });
  await post(entry);
  return id;
}

/** What the venue holds after that many of our orders were filled there. */
function atVenue(filled: readonly string[]): VenueAccount {
  return {
    balances: [
      { asset: 'BTC', available: String(filled.length), locked: '0' },
      { asset: 'USDT', available: String(1000 - filled.length * 100.1), locked: '0' },
    ],
    openOrders: [],
    doneOrders: filled.map((name) => ({ clientOrderId: name, state: 'filled' })),
    trades: filled.map((name) => ({ tradeId: name })),
  };
}

function evidence(changes: Partial<Evidence> & { readonly account: VenueAccount }): Evidence {
  const { account, ...rest } = changes;
  const venues = new Map([[BINANCE as string, [account]]]);
  const nothing = { sent: [], auditMissing: 0, openSagas: 0, auditProblems: [] };
  return { log, state, venues, ...nothing, ...rest };
}

const sent = (id: OrderId) => ({ requestId: `r-${id}`, orderId: id, refusal: undefined });

beforeEach(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'ats-chaos-test-'));
  const logger = silentLogger();
  const metrics = memoryMetrics();
  const parts = { clock: systemClock, timers: systemTimers, logger, metrics };
  log = await openLmdbEventLog({ folder: join(folder, 'log'), ...parts });
  state = await openLmdbStateStore({ folder: join(folder, 'state'), ...parts });
  const deposit = moveMoney({
    kind: 'deposit',
    accountId: MAIN,
    venue: BINANCE,
    asset: USDT,
    amount: Decimal.parse('1000'),
    reference: 'opening',
    confirmation: 'rule: opening balance',
    atUs,
  });
  if (deposit.kind === 'made') await post(deposit.entry);
});

afterEach(async () => {
  await log.close();
  await state.close();
});

describe('the judge of a chaos run', () => {
  test('finds nothing where all books agree', async () => {
    const filled = await order('one', true);
    const verdict = await judge(evidence({ account: atVenue(['one']), sent: [sent(filled)] }));
    expect(verdict).toMatchObject({ lost: 0, duplicated: 0, ledgerDelta: '0', findings: [] });
    expect(isSound(verdict)).toBe(true);
  });

  test('finds a fill that nobody booked, and the money that it moved', async () => {
    const verdict = await judge(evidence({ account: atVenue(['one']) }));
    expect(verdict).toMatchObject({ lost: 1, ledgerDelta: '100.1' });
    expect(isSound(verdict)).toBe(false);
  });

  test('finds a fill that was booked and never happened', async () => {
    await order('one', true);
    expect(await judge(evidence({ account: atVenue([]) }))).toMatchObject({ duplicated: 1 });
  });

  test('finds an acknowledged order that is gone, and one that never ended', async () => {
    const open = await order('open', false);
    const gone = orderId('gone');
    const verdict = await judge(evidence({ account: atVenue([]), sent: [sent(open), sent(gone)] }));
    expect(verdict).toMatchObject({ acknowledged: 2, lost: 2 });
  });

  test('finds an order that the venue got twice', async () => {
    await order('one', true);
    const account = atVenue(['one']);
    const doneOrders = [...account.doneOrders, ...account.doneOrders];
    const verdict = await judge(evidence({ account: { ...account, doneOrders } }));
    expect(verdict).toMatchObject({ lost: 0, duplicated: 1 });
  });

  test.each([
    ['a saga is open', { openSagas: 1 }],
    ['a record is not in the archive', { auditMissing: 1 }],
    ['the archive was changed', { auditProblems: ['events/x: changed'] }],
    [
      'an order was never answered',
      { sent: [{ requestId: 'r', orderId: undefined, refusal: UNANSWERED }] },
    ],
  ])('is not content while %s', async (_name, changes) => {
    const verdict = await judge(evidence({ account: atVenue([]), ...changes }));
    expect(isSound(verdict)).toBe(false);
  });
});
