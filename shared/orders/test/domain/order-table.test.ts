import { ORDER_STATUSES, type Order, type OrderStatus, requestId } from '@ats/domain';
import {
  applyToOrder,
  ORDER_TABLE,
  type OrderInput,
  type OrderInputKind,
  type OrderOutcome,
  type VenueFinding,
} from '../../src/index.ts';
import { cancel, decimal, fill, newOrder, replace } from '../samples.ts';

const at = { atUs: 2 } as const;
const FOUND: readonly VenueFinding[] = [
  'open',
  'filled',
  'canceled',
  'expired',
  'rejected',
  'not-found',
];
const ids = [undefined, requestId('replace-1'), requestId('stale')];

/** Every input with the figures that decide where it leads, for orders of 4 to 12 units of base. */
const INPUTS: readonly OrderInput[] = [
  { kind: 'submit', ...at },
  { kind: 'sent', ...at },
  { kind: 'accepted', ...at },
  { kind: 'accepted', venueOrderId: 'v-1', ...at },
  { kind: 'rejected', detail: 'no', ...at },
  fill('e-4', 4),
  fill('e-6', 6),
  fill('e-10', 10),
  fill('e-0', 0),
  cancel(),
  { kind: 'cancel-accepted', detail: '', ...at },
  { kind: 'cancel-accepted', detail: '', cumulativeQuantity: decimal(6), ...at },
  { kind: 'cancel-rejected', tooLate: true, ...at },
  { kind: 'cancel-rejected', tooLate: false, requestId: requestId('cancel-1'), ...at },
  { kind: 'cancel-rejected', tooLate: false, requestId: requestId('stale'), ...at },
  replace(12),
  replace(4),
  ...ids.flatMap((id): readonly OrderInput[] => [
    { kind: 'replace-accepted', requestId: id, ...at },
    { kind: 'replace-accepted', requestId: id, quantity: decimal(4), ...at },
    { kind: 'replace-accepted', requestId: id, quantity: decimal(12), ...at },
    { kind: 'replace-rejected', requestId: id, ...at },
  ]),
  { kind: 'expired', detail: '', ...at },
  { kind: 'restated', quantity: decimal(4), ...at },
  { kind: 'restated', quantity: decimal(12), ...at },
  { kind: 'submit-ambiguous', ...at },
  { kind: 'resolved', found: 'open', venueOrderId: 'v-1', detail: '', ...at },
  ...FOUND.flatMap((found): readonly OrderInput[] =>
    [undefined, decimal(0), decimal(4), decimal(10)].map((cumulativeQuantity) => ({
      kind: 'resolved',
      found,
      detail: '',
      cumulativeQuantity,
      ...at,
    })),
  ),
];

const NOTHING_BOOKED = new Set<string>();
const FILLED_MAX = decimal(12);

const keyOf = (order: Order): string =>
  JSON.stringify([
    order.status,
    order.progress,
    order.cumulativeQuantity.normalized(),
    order.terms.quantity,
    order.venueOrderId,
  ]);

interface Step {
  readonly order: Order;
  readonly input: OrderInput;
  readonly outcome: OrderOutcome;
}

/** Every order that the inputs can make of a new one, with every input applied to it. */
function explore(): readonly Step[] {
  const seen = new Set<string>();
  const steps: Step[] = [];
  const open = [newOrder()];
  for (let order = open.pop(); order !== undefined; order = open.pop()) {
    if (seen.has(keyOf(order))) continue;
    seen.add(keyOf(order));
    for (const input of INPUTS) {
      const outcome = applyToOrder(order, input, NOTHING_BOOKED);
      steps.push({ order, input, outcome });
      const next = outcome.order;
      if (outcome.kind === 'changed' && !next.cumulativeQuantity.greaterThan(FILLED_MAX)) {
        open.push(next);
      }
    }
  }
  return steps;
}

const STEPS = explore();
const KINDS = Object.keys(ORDER_TABLE.NEW) as OrderInputKind[];
const CELLS = ORDER_STATUSES.flatMap((status) => KINDS.map((kind) => [status, kind] as const));

const BY_CELL = Map.groupBy(STEPS, ({ order, input }) => `${order.status} ${input.kind}`);
const stepsOf = (status: OrderStatus, kind: OrderInputKind): readonly Step[] =>
  BY_CELL.get(`${status} ${kind}`) ?? [];

describe('the table of an order', () => {
  it('has one cell for every status and every input', () => {
    expect(Object.keys(ORDER_TABLE).toSorted()).toEqual([...ORDER_STATUSES].toSorted());
    for (const row of Object.values(ORDER_TABLE)) {
      expect(Object.keys(row).toSorted()).toEqual(KINDS.toSorted());
    }
    expect([...new Set(INPUTS.map(({ kind }) => kind))].toSorted()).toEqual(KINDS.toSorted());
  });

  it.each(CELLS)('leads from %s by %s to each status that it names and to no other', (...at) => {
    const [status, kind] = at;
    const cell = ORDER_TABLE[status][kind];
    const found = stepsOf(status, kind);
    expect(found.length).toBeGreaterThan(0);
    if (cell.outcome === 'applied') {
      const reached = found.flatMap(({ outcome }) =>
        outcome.kind === 'changed' ? [outcome.order.status] : [],
      );
      expect([...new Set(reached)].toSorted()).toEqual([...cell.to].toSorted());
    } else {
      const others = found.filter(
        ({ order, outcome }) =>
          outcome.kind !== cell.outcome ||
          outcome.reason !== cell.reason ||
          outcome.order !== order,
      );
      expect(others).toEqual([]);
    }
  });
});

describe('whatever happens to an order', () => {
  const changes = STEPS.flatMap(({ order, input, outcome }) =>
    outcome.kind === 'changed' ? [{ before: order, input, after: outcome.order }] : [],
  );

  it('counts each fill and nothing else', () => {
    const wrong = changes.filter(({ before, input, after }) => {
      const filled = input.kind === 'fill' ? input.quantity : decimal(0);
      return !after.cumulativeQuantity.equals(before.cumulativeQuantity.add(filled));
    });
    expect(wrong).toEqual([]);
  });

  it('never refuses a fill that is one, nor ignores it unless it is booked', () => {
    const fills = STEPS.filter(({ input }) => input.kind === 'fill' && !input.quantity.isZero());
    expect(fills.filter(({ outcome }) => outcome.kind !== 'changed')).toEqual([]);
    const booked = new Set(['e-4']);
    const again = fills.map(({ order }) => applyToOrder(order, fill('e-4', 4), booked));
    const reasons = again.map((outcome) => outcome.kind === 'ignored' && outcome.reason);
    expect([...new Set(reasons)]).toEqual(['DUPLICATE_EXECUTION']);
  });

  it('keeps LeavesQty at what was ordered less what was filled, and 0 once ended', () => {
    const wrong = changes.filter(({ after }) => {
      const open = after.terms.quantity.subtract(after.cumulativeQuantity).max(decimal(0));
      const ended = after.progress.ended !== undefined;
      return !after.leavesQuantity.equals(ended ? decimal(0) : open);
    });
    expect(wrong).toEqual([]);
  });

  it('counts every change and never lets time run backwards', () => {
    const wrong = changes.filter(({ before, input }) => {
      const { order } = applyToOrder({ ...before, updatedAtUs: 9 }, input, NOTHING_BOOKED);
      return order.version !== before.version + 1 || order.updatedAtUs !== 9;
    });
    expect(wrong).toEqual([]);
  });

  it('refuses wishes, and of facts only fills of nothing', () => {
    const wishes = new Set(['submit', 'cancel-requested', 'replace-requested']);
    const refused = STEPS.filter(({ outcome }) => outcome.kind === 'refused');
    const facts = refused.filter(({ input }) => !wishes.has(input.kind));
    const reasons = facts.map(({ outcome }) => outcome.kind === 'refused' && outcome.reason);
    expect([...new Set(reasons)]).toEqual(['INVALID_FILL']);
  });
});
