import { averagePrice, executionId, type Order, type OrderStatus, requestId } from '@ats/domain';
import { applyToOrder, type OrderInput } from '../../src/index.ts';
import { decimal, newOrder, SUBMITTED } from '../samples.ts';
import { FIX_MATRICES } from './fix44-matrices.ts';

/** What FIX calls the statuses. A day order that is done for its day is one that expired. */
const STATUSES: Readonly<Record<string, OrderStatus>> = {
  New: 'LIVE',
  'Partially Filled': 'PARTIALLY_FILLED',
  Filled: 'FILLED',
  'Done for Day': 'EXPIRED',
  Canceled: 'CANCELED',
  'Pending Cancel': 'CANCEL_PENDING',
  'Pending Replace': 'REPLACE_PENDING',
  Rejected: 'REJECTED',
};

interface Row {
  readonly text: string;
  readonly optional: boolean;
  readonly message: string;
  readonly request: string;
  readonly execType: string;
  readonly status: string;
  /** OrderQty, CumQty, LeavesQty, LastQty, LastPx, AvgPx; fewer where the row has fewer. */
  readonly figures: readonly string[];
}

function rowOf(text: string): Row {
  const cells = text.split('|').map((cell) => cell.trim());
  const [head = '', execType = '', status = '', ...figures] = cells;
  const match = /^(or )?(\w+)\((\w)\)$/.exec(head);
  if (match === null) throw new Error(`not a row: ${text}`);
  const [, or, message = '', request = ''] = match;
  return { text, optional: or !== undefined, message, request, execType, status, figures };
}

/** The matrix without its alternatives, and one path for each of them, which ends with it. */
function pathsOf(text: string): readonly (readonly Row[])[] {
  const rows = text.trim().split('\n').map(rowOf);
  const main = rows.filter(({ optional }) => !optional);
  const others = rows.flatMap((row, index) => {
    const before = rows.slice(0, index).filter(({ optional }) => !optional);
    return row.optional ? [[...before, row]] : [];
  });
  return [main, ...others];
}

/**
 * When a request counts: for the venue, whose view the matrices are, once it says so; for us,
 * whose order it is, from the moment that we make it.
 */
type View = 'venue' | 'ours';

class Walk {
  readonly view: View;
  order: Order = newOrder({ quantity: decimal(10000) });
  private readonly booked = new Set<string>();
  private readonly waiting = new Map<string, OrderInput>();
  /** Requests that were made and not answered. */
  readonly unanswered = new Map<string, 'Cancel' | 'Replace'>();

  constructor(view: View) {
    this.view = view;
    for (const input of SUBMITTED) this.apply(input);
  }

  apply(input: OrderInput): void {
    this.order = applyToOrder(this.order, input, this.booked).order;
    if (input.kind === 'fill') this.booked.add(input.executionId);
  }

  take(row: Row, index: number): void {
    const request = requestId(row.request);
    if (row.message === 'Cancel' || row.message === 'Replace') {
      this.unanswered.set(row.request, row.message);
      const input = requestOf(row);
      if (this.view === 'ours') this.apply(input);
      else this.waiting.set(row.request, input);
      return;
    }
    const waiting = this.waiting.get(row.request);
    if (waiting !== undefined) {
      this.waiting.delete(row.request);
      this.apply(waiting);
    }
    if (row.message === 'Reject') {
      const cancel = this.unanswered.get(row.request) === 'Cancel';
      this.unanswered.delete(row.request);
      const tooLate = row.execType === 'too late';
      if (cancel) this.apply({ kind: 'cancel-rejected', requestId: request, tooLate, atUs: 3 });
      else this.apply({ kind: 'replace-rejected', requestId: request, atUs: 3 });
      return;
    }
    if (row.message !== 'Execution') return;
    if (['Canceled', 'Replace'].includes(row.execType)) this.unanswered.delete(row.request);
    const input = reportOf(row, index);
    if (input !== undefined) this.apply(input);
  }
}

function requestOf({ message, request, figures }: Row): OrderInput {
  const [quantity = ''] = figures;
  const id = requestId(request);
  if (message === 'Cancel') {
    return { kind: 'cancel-requested', requestId: id, detail: '', atUs: 3 };
  }
  const replacement = { requestId: id, quantity: decimal(quantity), limitPrice: decimal(101) };
  return { kind: 'replace-requested', replacement, atUs: 3 };
}

/** @returns undefined for a report that only says that a request is pending */
function reportOf(row: Row, index: number): OrderInput | undefined {
  const [orderQty = '', cumQty = '', , lastQty = '', lastPx = '100'] = row.figures;
  const atUs = 3;
  const counted = { cumulativeQuantity: decimal(cumQty), detail: '', atUs };
  switch (row.execType) {
    case 'New':
      return { kind: 'accepted', venueOrderId: 'v-1', atUs };
    case 'Rejected':
      return { kind: 'rejected', detail: '', atUs };
    case 'Trade':
      return {
        kind: 'fill',
        executionId: executionId(`row-${index}`),
        quantity: decimal(lastQty),
        price: decimal(lastPx),
        atUs,
      };
    case 'Canceled':
      return { kind: 'cancel-accepted', ...counted };
    case 'Done for Day':
      return { kind: 'expired', ...counted };
    case 'Replace': {
      const id = requestId(row.request);
      return { kind: 'replace-accepted', requestId: id, quantity: decimal(orderQty), atUs };
    }
    case 'Restated':
      return { kind: 'restated', quantity: decimal(orderQty), atUs };
    case 'Pending Cancel':
    case 'Pending Replace':
      return undefined;
    default:
      throw new Error(`no input for ${row.text}`);
  }
}

/** The figures of the order that a row gives, in its order. */
function figuresOf(order: Order): readonly string[] {
  const average = averagePrice(order, { scale: 0, rounding: 'half-even' });
  return [
    order.terms.quantity,
    order.cumulativeQuantity,
    order.leavesQuantity,
    undefined,
    undefined,
    average,
  ].map(String);
}

const CASES = FIX_MATRICES.flatMap(({ reference, name, rows }) =>
  pathsOf(rows).map((path, index) => {
    const branch = index === 0 ? '' : `, if ${path.at(-1)?.text.trim().replace(/\s+/g, ' ')}`;
    return [`${reference}: ${name}${branch}`, path] as const;
  }),
);

describe.each<View>(['venue', 'ours'])('FIX 4.4 order state change matrices as %s sees', (view) => {
  it.each(CASES)('%s', (_name, path) => {
    const walk = new Walk(view);
    for (const [index, row] of path.entries()) {
      walk.take(row, index);
      if (row.status === '') continue;
      const expected = STATUSES[row.status];
      const pending = walk.unanswered.values().next().value;
      // We count a request from when we make it, so that our order is pending before the venue's.
      const ours = pending === 'Cancel' ? 'CANCEL_PENDING' : 'REPLACE_PENDING';
      const status = view === 'ours' && pending !== undefined ? ours : expected;
      expect({ row: row.text, status: walk.order.status }).toEqual({ row: row.text, status });
      const figures = figuresOf(walk.order);
      for (const column of [0, 1, 2, 5]) {
        const published = row.figures[column];
        if (published !== undefined) expect(figures[column]).toBe(published);
      }
    }
  });
});
