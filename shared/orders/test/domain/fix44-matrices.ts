/**
 * Order state change matrices of FIX 4.4, Appendix D, under that version's references (A.1.b, ...),
 * with the number of the same matrix in FIX 4.2 (D2, ...) where it is known.
 * Source: the FIX dictionary at onixs.biz. A.1.b, B.1.b and C.2.a are from its pages for 4.4; the
 * others from its pages of the same reference in 5.0 or of the older number in 4.2 and 4.3.
 *
 * One row a line: what was received or sent (ClOrdID in brackets), ExecType, OrdStatus, OrderQty,
 * CumQty, LeavesQty, LastQty and, where the matrix has them, LastPx and AvgPx. A row that begins
 * with `or` is one of two answers: the published alternative, after which the matrix goes on
 * without it.
 */
export interface FixMatrix {
  readonly reference: string;
  readonly name: string;
  readonly rows: string;
}

const START = `
  New(X) | | | 10000
  or Execution(X) | Rejected | Rejected | 10000 | 0 | 0 | 0
  Execution(X) | New | New | 10000 | 0 | 10000 | 0`;

const PART_FILLED = `${START}
  Execution(X) | Trade | Partially Filled | 10000 | 1000 | 9000 | 1000`;

/** What begins B.1.b and B.1.c. */
const CANCEL_OF_PART_FILLED = `${START}
  Execution(X) | Trade | Partially Filled | 10000 | 2000 | 8000 | 2000
  Cancel(Y) | | | 10000
  Execution(X) | Trade | Partially Filled | 10000 | 5000 | 5000 | 3000
  or Reject(Y) | | Partially Filled
  Execution(Y) | Pending Cancel | Pending Cancel | 10000 | 5000 | 5000 | 0`;

export const FIX_MATRICES: readonly FixMatrix[] = [
  {
    reference: 'A.1.b / D2',
    name: 'part-filled day order, done for day',
    rows: `${START}
      Execution(X) | Trade | Partially Filled | 10000 | 2000 | 8000 | 2000
      Execution(X) | Trade | Partially Filled | 10000 | 3000 | 7000 | 1000
      Execution(X) | Done for Day | Done for Day | 10000 | 3000 | 0 | 0`,
  },
  {
    reference: 'B.1.a / D3',
    name: 'cancel request issued for a zero-filled order',
    rows: `${START}
      Cancel(Y) | | | 10000
      or Reject(Y) | | New
      Execution(Y) | Pending Cancel | Pending Cancel | 10000 | 0 | 10000 | 0
      or Reject(Y) | | New
      Execution(Y) | Canceled | Canceled | 10000 | 0 | 0 | 0`,
  },
  {
    reference: 'B.1.b / D4',
    name: 'cancel request for a part-filled order, executions occur whilst it is active',
    rows: `${CANCEL_OF_PART_FILLED}
      Execution(X) | Trade | Pending Cancel | 10000 | 6000 | 4000 | 1000
      or Reject(Y) | | Partially Filled
      Execution(Y) | Canceled | Canceled | 10000 | 6000 | 0 | 0`,
  },
  {
    reference: 'B.1.c / D5',
    name: 'cancel request for an order that becomes filled before it can be accepted',
    rows: `${CANCEL_OF_PART_FILLED}
      Execution(X) | Trade | Pending Cancel | 10000 | 10000 | 0 | 5000
      Reject(Y) | too late | Filled`,
  },
  {
    reference: 'B.1.e',
    name: 'cancel request and the acknowledgement of its order cross',
    rows: `
      New(X) | | | 10000
      Cancel(Y) | | | 10000
      Execution(X) | New | New | 10000 | 0 | 10000 | 0
      Execution(Y) | Pending Cancel | Pending Cancel | 10000 | 0 | 10000 | 0
      Execution(Y) | Canceled | Canceled | 10000 | 0 | 0 | 0`,
  },
  {
    reference: 'C.1.b / D7',
    name: 'part-filled order replaced to increase quantity, execution whilst pending replace',
    rows: `${PART_FILLED}
      Replace(Y) | | | 12000
      or Reject(Y) | | Partially Filled
      Execution(Y) | Pending Replace | Pending Replace | 10000 | 1000 | 9000 | 0
      Execution(X) | Trade | Pending Replace | 10000 | 1100 | 8900 | 100
      or Reject(Y) | | Partially Filled
      Execution(Y) | Replace | Partially Filled | 12000 | 1100 | 10900 | 0
      Execution(Y) | Trade | Filled | 12000 | 12000 | 0 | 10900`,
  },
  {
    reference: 'C.2.a / D9',
    name: 'replace (not for quantity) rejected as a fill has occurred',
    rows: `${PART_FILLED}
      Replace(Y) | | | 10000
      Execution(X) | Trade | Filled | 10000 | 10000 | 0 | 9000
      Reject(Y) | too late | Filled`,
  },
  {
    reference: 'C.3.a / D10',
    name: 'replace to decrease quantity, requested quantity exceeds CumQty; replaced, then filled',
    rows: `${PART_FILLED}
      Replace(Y) | | | 8000
      Execution(X) | Trade | Partially Filled | 10000 | 1500 | 8500 | 500
      or Reject(Y) | | Partially Filled
      Execution(Y) | Pending Replace | Pending Replace | 10000 | 1500 | 8500 | 0
      Execution(X) | Trade | Pending Replace | 10000 | 1600 | 8400 | 100
      or Reject(Y) | | Partially Filled
      Execution(Y) | Replace | Partially Filled | 8000 | 1600 | 6400 | 0
      Execution(Y) | Trade | Filled | 8000 | 8000 | 0 | 6400`,
  },
  {
    reference: 'C.3.b / D11',
    name: 'replace to decrease quantity, requested quantity equals CumQty',
    rows: `${START}
      Replace(Y) | | | 7000
      Execution(X) | Trade | Partially Filled | 10000 | 7000 | 3000 | 7000
      Execution(Y) | Replace | Filled | 7000 | 7000 | 0 | 0`,
  },
  {
    reference: 'C.3.c / D12',
    name: 'replace to decrease quantity, requested quantity below CumQty is amended to it',
    rows: `${START}
      Replace(Y) | | | 7000
      Execution(X) | Trade | Partially Filled | 10000 | 8000 | 2000 | 8000
      Execution(Y) | Replace | Filled | 8000 | 8000 | 0 | 0`,
  },
  {
    reference: 'D.1.a / D13',
    name: 'one replace is accepted, then another',
    rows: `${PART_FILLED}
      Replace(Y) | | | 8000
      Execution(Y) | Pending Replace | Pending Replace | 10000 | 1000 | 9000 | 0
      Execution(X) | Trade | Pending Replace | 10000 | 1500 | 8500 | 500
      Execution(Y) | Replace | Partially Filled | 8000 | 1500 | 6500 | 0
      Execution(Y) | Trade | Partially Filled | 8000 | 3500 | 4500 | 2000
      Replace(Z) | | | 6000
      Execution(Z) | Pending Replace | Pending Replace | 8000 | 3500 | 4500 | 0
      Execution(Y) | Trade | Pending Replace | 8000 | 4000 | 4000 | 500
      Execution(Z) | Replace | Partially Filled | 6000 | 4000 | 2000 | 0
      Execution(Z) | Trade | Filled | 6000 | 6000 | 0 | 2000`,
  },
  {
    reference: 'D.1.b / D14',
    name: 'one replace is rejected before it is pending, then another is accepted',
    rows: `${PART_FILLED}
      Replace(Y) | | | 8000
      Reject(Y) | | Partially Filled
      Execution(X) | Trade | Partially Filled | 10000 | 1500 | 8500 | 500
      Execution(X) | Trade | Partially Filled | 10000 | 3500 | 6500 | 2000
      Replace(Z) | | | 6000
      Execution(Z) | Pending Replace | Pending Replace | 10000 | 3500 | 6500 | 0
      Execution(Z) | Replace | Partially Filled | 6000 | 3500 | 2500 | 0
      Execution(Z) | Trade | Partially Filled | 6000 | 5000 | 1000 | 1500`,
  },
  {
    reference: 'D.1.c / D15',
    name: 'one replace is rejected after it is pending, then another is accepted',
    rows: `${PART_FILLED}
      Replace(Y) | | | 8000
      Execution(Y) | Pending Replace | Pending Replace | 10000 | 1000 | 9000 | 0
      Execution(X) | Trade | Pending Replace | 10000 | 1500 | 8500 | 500
      Reject(Y) | | Partially Filled
      Execution(X) | Trade | Partially Filled | 10000 | 3500 | 6500 | 2000
      Replace(Z) | | | 6000
      Execution(Z) | Pending Replace | Pending Replace | 10000 | 3500 | 6500 | 0
      Execution(Z) | Replace | Partially Filled | 6000 | 3500 | 2500 | 0
      Execution(Z) | Trade | Partially Filled | 6000 | 5000 | 1000 | 1500`,
  },
  {
    reference: 'FIX 4.3 number 21',
    name: 'a second replace is rejected because the first is pending',
    rows: `
      New(X) | | | 10000
      Execution(X) | New | New | 10000 | 0 | 10000 | 0
      Execution(X) | Trade | Partially Filled | 10000 | 1000 | 9000 | 1000
      Replace(Y) | | | 8000
      Replace(Z) | | | 7000
      Execution(Y) | Pending Replace | Pending Replace | 10000 | 1000 | 9000 | 0
      Reject(Z) | | Pending Replace
      Execution(Y) | Replace | Partially Filled | 8000 | 1000 | 7000 | 0
      Execution(Y) | Trade | Partially Filled | 8000 | 3000 | 5000 | 2000`,
  },
  {
    reference: 'E.1.b / D19',
    name: 'unsolicited cancel of a part-filled order',
    rows: `${PART_FILLED}
      Execution(X) | Canceled | Canceled | 10000 | 1000 | 0 | 0`,
  },
  {
    reference: 'E.1.c',
    name: 'unsolicited replace',
    rows: `${START}
      Execution(X) | Restated | New | 11000 | 0 | 11000 | 0
      Execution(X) | Trade | Partially Filled | 11000 | 1000 | 10000 | 1000
      Execution(X) | Restated | Partially Filled | 12000 | 1000 | 11000 | 0`,
  },
  {
    reference: 'FIX 4.2 number D21',
    name: 'unsolicited reduction of order quantity',
    rows: `${START}
      Execution(X) | Restated | New | 9000 | 0 | 9000 | 0
      Execution(X) | Trade | Filled | 9000 | 9000 | 0 | 9000`,
  },
  {
    reference: 'J.1.a / D34, its first four rows',
    name: 'filled order, with AvgPx',
    rows: `${START}
      Execution(X) | Trade | Partially Filled | 10000 | 1000 | 9000 | 1000 | 100 | 100
      Execution(X) | Trade | Filled | 10000 | 10000 | 0 | 9000 | 110 | 109`,
  },
];
