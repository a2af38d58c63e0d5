import { arbitrageTradeFromWire, arbitrageTradeToWire, type WireMessages } from '@ats/contracts';
import {
  type ArbitrageTrade,
  AtsError,
  assetId,
  Decimal,
  type InstrumentId,
  orderId,
  REASON_CODES,
  tradeId,
  venueId,
} from '@ats/domain';
import { z } from 'zod';
import type { RunRecord, RunSpec } from './run-record.ts';

const decimal = z.string().transform((text, context): Decimal => {
  try {
    return Decimal.parse(text);
  } catch {
    context.addIssue({ code: 'custom', message: 'expected a decimal' });
    return z.NEVER;
  }
});

const name = z.string().min(1);
const time = z.int().min(0);
const count = z.int().min(0);
const venue = name.transform(venueId);
const asset = name.transform(assetId);

export const runSpecSchema = z.strictObject({
  name: z.string(),
  tapes: z.array(name).readonly(),
  strategy: name,
  settings: z.record(z.string(), z.string()).readonly(),
  seed: z.int(),
  fromUs: time,
  toUs: time,
});

const point = z.strictObject({ timeUs: time, equity: decimal, unhedged: decimal });

const fill = z.strictObject({
  timeUs: time,
  orderId: name.transform(orderId),
  tradeId: name.nullable().transform((text) => (text === null ? undefined : tradeId(text))),
  venue,
  instrument: name.transform((text) => text as InstrumentId),
  side: z.enum(['buy', 'sell']),
  quantity: decimal,
  price: decimal,
  fee: decimal,
  feeAsset: asset,
  role: z.enum(['maker', 'taker']),
  notionalNumeraire: decimal,
  feeNumeraire: decimal,
});

const cell = z.strictObject({
  base: asset,
  buy: venue,
  sell: venue,
  hourUs: time,
  reason: z.enum(REASON_CODES),
  count,
  stoodUs: time,
  quantity: decimal,
  grossProfit: decimal,
  netProfit: decimal,
});

const balance = z.strictObject({ venue, asset, start: decimal, end: decimal });

/** A trade is stored as its message is; the mapper of the contracts checks it field by field. */
const trade = z
  .looseObject({ tradeId: name, legs: z.array(z.unknown()), unwinds: z.array(z.unknown()) })
  .transform((wire, context): ArbitrageTrade => {
    try {
      return arbitrageTradeFromWire(wire as unknown as WireTrade);
    } catch (problem) {
      context.addIssue({ code: 'custom', message: String(problem) });
      return z.NEVER;
    }
  });

type WireTrade = WireMessages['ats.execution.v1.ArbitrageTrade'];

const recordSchema = z.strictObject({
  spec: runSpecSchema,
  numeraire: asset,
  fromUs: time,
  toUs: time,
  events: count,
  badRows: count,
  equity: z.array(point),
  trades: z.array(trade),
  fills: z.array(fill),
  opportunities: z.array(cell),
  balances: z.array(balance).exactOptional(),
  ledger: z.strictObject({ balanced: z.boolean(), differences: z.array(z.string()) }),
  warnings: z.array(z.string()),
});

/** A record as JSON, decimals as text with all their digits: decoded again it is equal. */
export function encodeRecord(record: RunRecord): string {
  return JSON.stringify({
    ...record,
    trades: record.trades.map(arbitrageTradeToWire),
    fills: record.fills.map((one) => ({ ...one, tradeId: one.tradeId ?? null })),
  });
}

/** @throws {AtsError} BACKTEST_RESULT_DAMAGED naming the first field that cannot be read */
export function decodeRecord(text: string): RunRecord {
  return parsed(recordSchema, text);
}

/** @throws {AtsError} BACKTEST_RESULT_DAMAGED */
export function parsed<Schema extends z.ZodType>(schema: Schema, text: string): z.output<Schema> {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw damaged('it is not JSON', cause);
  }
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw damaged(`${field}: ${issue?.message ?? 'unreadable'}`, result.error, field);
}

export function damaged(why: string, cause?: unknown, field = ''): AtsError {
  return new AtsError({
    code: 'BACKTEST_RESULT_DAMAGED',
    message: `a stored backtest cannot be read: ${why}`,
    remedy: 'Run it again: the same tapes, settings and seed give the same result.',
    context: { field },
    cause,
  });
}

/** The part of a specification that a result follows from, in one fixed order. */
export function canonicalSpec(spec: RunSpec): string {
  const settings = Object.entries(spec.settings).sort(([a], [b]) => (a < b ? -1 : 1));
  const { tapes, strategy, seed, fromUs, toUs } = spec;
  return JSON.stringify({ tapes, strategy, settings, seed, fromUs, toUs });
}
