import { type ExecutionReport, ORDER_STATUSES, type Order } from '@ats/domain';
import fc from 'fast-check';
import {
  balanceFromWire,
  balanceToWire,
  contractsRoot,
  executionReportFromWire,
  executionReportToWire,
  ledgerEntryFromWire,
  ledgerEntryToWire,
  newOrderFromWire,
  newOrderToWire,
  orderCommandFromWire,
  orderCommandToWire,
  orderEventFromWire,
  orderEventToWire,
  orderFromWire,
  orderToWire,
  wireCodec,
} from '../src/index.ts';
import { balances, commands, entries, events, orders, reports } from './order-arbitraries.ts';

const COMMANDS = wireCodec('ats.order.v1.OrderCommand');
const EVENTS = wireCodec('ats.order.v1.OrderEvent');
const TERMS = wireCodec('ats.order.v1.NewOrder');
const REPORTS = wireCodec('ats.execution.v1.ExecutionReport');
const ENTRIES = wireCodec('ats.ledger.v1.LedgerEntry');
const BALANCES = wireCodec('ats.ledger.v1.Balance');

const [order] = fc.sample(orders, { numRuns: 1, seed: 1 }) as [Order];
const [report] = fc.sample(reports, { numRuns: 1, seed: 1 }) as [ExecutionReport];

/** What a value says, without what it remembers: a decimal keeps its text once it is printed. */
const said = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('the order path on the wire', () => {
  it('reads back every command from its bytes', () => {
    fc.assert(
      fc.property(commands, (command) => {
        const bytes = COMMANDS.encode(orderCommandToWire(command));
        expect(said(orderCommandFromWire(COMMANDS.decode(bytes)))).toEqual(said(command));
      }),
    );
  });

  it('reads back every event, its order and what was asked', () => {
    fc.assert(
      fc.property(events, (event) => {
        const bytes = EVENTS.encode(orderEventToWire(event));
        expect(said(orderEventFromWire(EVENTS.decode(bytes)))).toEqual(said(event));
        const terms = TERMS.encode(newOrderToWire(event.order.terms));
        expect(said(newOrderFromWire(TERMS.decode(terms)))).toEqual(said(event.order.terms));
      }),
    );
  });

  it('reads back every execution report', () => {
    fc.assert(
      fc.property(reports, (one) => {
        const bytes = REPORTS.encode(executionReportToWire(one));
        expect(said(executionReportFromWire(REPORTS.decode(bytes)))).toEqual(said(one));
      }),
    );
  });

  it('reads back every ledger entry and balance', () => {
    fc.assert(
      fc.property(entries, balances, (entry, balance) => {
        const bytes = ENTRIES.encode(ledgerEntryToWire(entry));
        expect(said(ledgerEntryFromWire(ENTRIES.decode(bytes)))).toEqual(said(entry));
        const held = BALANCES.encode(balanceToWire(balance));
        expect(said(balanceFromWire(BALANCES.decode(held)))).toEqual(said(balance));
      }),
    );
  });

  it('has one wire value for each status and no other', () => {
    const { values } = contractsRoot().lookupEnum('ats.order.v1.OrderStatus');
    const named = ORDER_STATUSES.map((status) => orderToWire({ ...order, status }).status);
    expect(Object.keys(values).toSorted()).toEqual(
      ['ORDER_STATUS_UNSPECIFIED', ...named].toSorted(),
    );
  });

  it.each([
    ['order_id', { orderId: '' }],
    ['terms', { terms: null }],
    ['progress', { progress: null }],
    ['cumulative_notional', { cumulativeNotional: '' }],
    ['leaves_quantity', { leavesQuantity: 'some' }],
    ['version', { version: 0.5 }],
    ['status', { status: 'ORDER_STATUS_UNSPECIFIED' as const }],
  ])('names the field when %s of an order cannot be read', (field, change) => {
    const wire = { ...orderToWire(order), ...change };
    const context = expect.objectContaining({ field });
    expect(() => orderFromWire(wire)).toThrow(
      expect.objectContaining({ code: 'MESSAGE_MALFORMED', context }),
    );
  });

  it('takes a fill without its fee, and a command that says nothing, for malformed', () => {
    const wire = executionReportToWire(report);
    const bare = {
      ...wire,
      type: 'EXECUTION_TYPE_FILL',
      lastQuantity: '1',
      lastPrice: '1',
    } as const;
    expect(() => executionReportFromWire({ ...bare, feeAsset: '' })).toThrow(/fee_asset/);
    expect(() => orderCommandFromWire(COMMANDS.decode(new Uint8Array()))).toThrow(/command/);
  });
});
