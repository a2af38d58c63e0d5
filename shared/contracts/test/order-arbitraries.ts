import {
  accountId,
  assetId,
  type Balance,
  clientOrderId,
  Decimal,
  EXECUTION_TYPES,
  type ExecutionReport,
  executionId,
  type Fill,
  type InstrumentId,
  LEDGER_ENTRY_KINDS,
  type LedgerEntry,
  type NewOrder,
  ORDER_STATUSES,
  type Order,
  type OrderCommand,
  type OrderEvent,
  type OrderProgress,
  orderId,
  type Replacement,
  requestId,
  tradeId,
  venueId,
} from '@ats/domain';
import fc from 'fast-check';

const timeUs = fc.integer({ min: 0, max: 2 ** 51 });
const name = fc.oneof(fc.stringMatching(/^[A-Z0-9]{1,12}$/), fc.string({ minLength: 1 }));
const decimals = fc
  .tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 12 }))
  .map(([units, scale]) => new Decimal(units, scale));
const maybe = <Value>(value: fc.Arbitrary<Value>) => fc.option(value, { nil: undefined });

const sides = fc.constantFrom('buy' as const, 'sell' as const);
const market = {
  venue: name.map(venueId),
  instrument: name.map((text) => text as InstrumentId),
};

const terms: fc.Arbitrary<NewOrder> = fc.record({
  clientOrderId: name.map(clientOrderId),
  ...market,
  side: sides,
  type: fc.constantFrom('limit', 'market'),
  timeInForce: fc.constantFrom('gtc', 'ioc', 'fok'),
  quantity: decimals,
  limitPrice: maybe(decimals),
  postOnly: fc.boolean(),
});

const replacements: fc.Arbitrary<Replacement> = fc.record({
  requestId: name.map(requestId),
  quantity: decimals,
  limitPrice: maybe(decimals),
});

const progress: fc.Arbitrary<OrderProgress> = fc.record({
  submitted: fc.boolean(),
  sent: fc.boolean(),
  acknowledged: fc.boolean(),
  ambiguous: fc.boolean(),
  ended: fc.constantFrom(undefined, 'canceled', 'expired', 'rejected'),
  pendingCancel: maybe(name.map(requestId)),
  pendingReplace: maybe(replacements),
});

export const orders: fc.Arbitrary<Order> = fc.record({
  orderId: name.map(orderId),
  accountId: name.map(accountId),
  tradeId: maybe(name.map(tradeId)),
  terms,
  purpose: fc.constantFrom('entry', 'unwind'),
  worstPrice: maybe(decimals),
  sendBeforeUs: timeUs,
  fees: fc.array(fc.record({ asset: name.map(assetId), amount: decimals }), { maxLength: 3 }),
  status: fc.constantFrom(...ORDER_STATUSES),
  venueOrderId: maybe(name),
  cumulativeQuantity: decimals,
  cumulativeNotional: decimals,
  leavesQuantity: decimals,
  progress,
  createdAtUs: timeUs,
  updatedAtUs: timeUs,
  detail: fc.string(),
  version: timeUs,
});

export const commands: fc.Arbitrary<OrderCommand> = fc.oneof(
  fc.record({ kind: fc.constant('submit' as const), order: orders, issuedAtUs: timeUs }),
  fc.record({
    kind: fc.constant('cancel' as const),
    orderId: name.map(orderId),
    requestId: name.map(requestId),
    issuedAtUs: timeUs,
  }),
  fc.record({
    kind: fc.constant('replace' as const),
    orderId: name.map(orderId),
    replacement: replacements,
    issuedAtUs: timeUs,
  }),
);

export const events: fc.Arbitrary<OrderEvent> = fc.record({
  order: orders,
  previousStatus: fc.constantFrom(...ORDER_STATUSES),
  occurredAtUs: timeUs,
});

const fills: fc.Arbitrary<Fill> = fc.record({
  quantity: decimals,
  price: decimals,
  fee: fc.record({ asset: name.map(assetId), amount: decimals }),
});

export const reports: fc.Arbitrary<ExecutionReport> = fc
  .record({
    executionId: name.map(executionId),
    orderId: name.map(orderId),
    venueOrderId: maybe(name),
    ...market,
    type: fc.constantFrom(...EXECUTION_TYPES),
    side: sides,
    fill: fills,
    requestId: maybe(name.map(requestId)),
    tooLate: fc.boolean(),
    cumulativeQuantity: maybe(decimals),
    quantity: maybe(decimals),
    limitPrice: maybe(decimals),
    exchangeTimeUs: timeUs,
    receivedAtUs: timeUs,
    detail: fc.string(),
  })
  .map((report) => ({ ...report, fill: report.type === 'fill' ? report.fill : undefined }));

const place = {
  accountId: name.map(accountId),
  venue: name.map(venueId),
  asset: name.map(assetId),
};

export const entries: fc.Arbitrary<LedgerEntry> = fc.record({
  entryId: name,
  causeId: name,
  kind: fc.constantFrom(...LEDGER_ENTRY_KINDS),
  postings: fc.array(
    fc.record({
      ...place,
      bucket: fc.constantFrom('available', 'reserved', 'counter'),
      amount: decimals,
    }),
    { maxLength: 6 },
  ),
  detail: fc.string(),
  postedAtUs: timeUs,
});

export const balances: fc.Arbitrary<Balance> = fc.record({
  ...place,
  available: decimals,
  reserved: decimals,
  version: timeUs,
});
