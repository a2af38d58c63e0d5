import {
  assetId,
  type ExecutionReport,
  type ExecutionType,
  executionId,
  type Fill,
  type InstrumentId,
  orderId,
  requestId,
  venueId,
} from '@ats/domain';
import type { WireExecutionReport } from './generated/ats/execution/v1/ExecutionReport.ts';
import type { WireExecutionType } from './generated/ats/execution/v1/ExecutionType.ts';
import { SIDES } from './order-mapper.ts';
import { enumPair, readDecimal, readInteger, readName, readOptional } from './wire-fields.ts';

const TYPES = enumPair<ExecutionType, WireExecutionType>({
  accepted: 'EXECUTION_TYPE_ACCEPTED',
  rejected: 'EXECUTION_TYPE_REJECTED',
  fill: 'EXECUTION_TYPE_FILL',
  canceled: 'EXECUTION_TYPE_CANCELED',
  expired: 'EXECUTION_TYPE_EXPIRED',
  unknown: 'EXECUTION_TYPE_UNKNOWN',
  'cancel-rejected': 'EXECUTION_TYPE_CANCEL_REJECTED',
  replaced: 'EXECUTION_TYPE_REPLACED',
  'replace-rejected': 'EXECUTION_TYPE_REPLACE_REJECTED',
  restated: 'EXECUTION_TYPE_RESTATED',
});

export function executionReportToWire(report: ExecutionReport): WireExecutionReport {
  const { fill } = report;
  return {
    executionId: report.executionId,
    orderId: report.orderId,
    venueOrderId: report.venueOrderId ?? '',
    venue: report.venue,
    instrument: report.instrument,
    type: TYPES.toWire(report.type),
    side: SIDES.toWire(report.side),
    lastQuantity: fill?.quantity.toString() ?? '',
    lastPrice: fill?.price.toString() ?? '',
    fee: fill?.fee.amount.toString() ?? '',
    feeAsset: fill?.fee.asset ?? '',
    exchangeTimeUs: report.exchangeTimeUs,
    receivedAtUs: report.receivedAtUs,
    detail: report.detail,
    requestId: report.requestId ?? '',
    cumulativeQuantity: report.cumulativeQuantity?.toString() ?? '',
    orderQuantity: report.quantity?.toString() ?? '',
    limitPrice: report.limitPrice?.toString() ?? '',
    tooLate: report.tooLate,
  };
}

function fillFromWire(wire: WireExecutionReport): Fill {
  return {
    quantity: readDecimal('last_quantity', wire.lastQuantity),
    price: readDecimal('last_price', wire.lastPrice),
    fee: {
      asset: assetId(readName('fee_asset', wire.feeAsset)),
      amount: readDecimal('fee', wire.fee),
    },
  };
}

/** @throws MESSAGE_MALFORMED with the field that is missing or unreadable */
export function executionReportFromWire(wire: WireExecutionReport): ExecutionReport {
  const type = TYPES.fromWire('type', wire.type);
  return {
    executionId: executionId(readName('execution_id', wire.executionId)),
    orderId: orderId(readName('order_id', wire.orderId)),
    venueOrderId: readOptional('venue_order_id', wire.venueOrderId, readName),
    venue: venueId(readName('venue', wire.venue)),
    instrument: readName('instrument', wire.instrument) as InstrumentId,
    type,
    side: SIDES.fromWire('side', wire.side),
    fill: type === 'fill' ? fillFromWire(wire) : undefined,
    tooLate: wire.tooLate,
    requestId: readOptional('request_id', wire.requestId, (_field, text) => requestId(text)),
    cumulativeQuantity: readOptional('cumulative_quantity', wire.cumulativeQuantity, readDecimal),
    quantity: readOptional('order_quantity', wire.orderQuantity, readDecimal),
    limitPrice: readOptional('limit_price', wire.limitPrice, readDecimal),
    exchangeTimeUs: readInteger('exchange_time_us', wire.exchangeTimeUs),
    receivedAtUs: readInteger('received_at_us', wire.receivedAtUs),
    detail: wire.detail,
  };
}
