import type { ExecutionReport } from '@ats/domain';
import type { OrderInput } from './order-input.ts';

/** What a report says to its order, or why it can say nothing: such a report is a fault. */
export type ReportReading =
  | { readonly kind: 'input'; readonly input: OrderInput }
  | { readonly kind: 'impossible'; readonly reason: string };

/** Reads a venue's report as what it does to its order. Pure: a report is one input, always. */
export function readReport(report: ExecutionReport): ReportReading {
  const atUs = report.receivedAtUs;
  const { detail, venueOrderId, requestId, cumulativeQuantity } = report;
  const input = (value: OrderInput): ReportReading => ({ kind: 'input', input: value });
  switch (report.type) {
    case 'accepted':
      return input({ kind: 'accepted', venueOrderId, atUs });
    case 'rejected':
      return input({ kind: 'rejected', detail, atUs });
    case 'fill': {
      if (report.fill === undefined) return impossible('a fill without quantity and price');
      const { executionId } = report;
      return input({ kind: 'fill', executionId, ...report.fill, venueOrderId, atUs });
    }
    case 'canceled':
      return input({ kind: 'cancel-accepted', detail, cumulativeQuantity, atUs });
    case 'expired':
      return input({ kind: 'expired', detail, cumulativeQuantity, atUs });
    case 'unknown':
      return input({ kind: 'submit-ambiguous', atUs });
    case 'cancel-rejected':
      return input({ kind: 'cancel-rejected', requestId, tooLate: report.tooLate, atUs });
    case 'replaced': {
      const { quantity, limitPrice } = report;
      return input({ kind: 'replace-accepted', requestId, quantity, limitPrice, atUs });
    }
    case 'replace-rejected':
      return input({ kind: 'replace-rejected', requestId, atUs });
    case 'restated': {
      const { quantity } = report;
      if (quantity === undefined) return impossible('a restatement without a quantity');
      return input({ kind: 'restated', quantity, atUs });
    }
  }
}

const impossible = (reason: string): ReportReading => ({ kind: 'impossible', reason });
