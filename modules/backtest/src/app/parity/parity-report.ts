import { Decimal, deriveClientOrderId, type OrderId } from '@ats/domain';
import type { Session } from '../../adapters/parity/session-reader.ts';
import {
  type ComparedFill,
  compareFills,
  FILL_KINDS,
  type FillKind,
  flowsOf,
  type ParityFill,
  type ParityOrder,
} from '../../domain/parity/compare.ts';
import { fitLatency, type LatencyFit } from '../../domain/parity/latency-fit.ts';
import type { Replayed } from './replay-session.ts';
import type { OtherVerdict } from './replay-tap.ts';
import type { SentOrder } from './replay-venue.ts';

/** Digits of what is valued; sums of one asset are exact. */
const DIGITS = 8;

/** What one asset came to on both sides; exact. */
export interface AssetProfit {
  readonly asset: string;
  readonly live: Decimal;
  readonly backtest: Decimal;
  readonly difference: Decimal;
}

/** One way to a venue and back as it was measured, and the model that fits it. */
export interface VenueLatency extends LatencyFit {
  readonly venue: string;
  /** There and back, milliseconds, in the order of the orders. */
  readonly samplesMs: readonly number[];
  /** Whether the venue told when each order arrived; else each way is half of both. */
  readonly arrivalsKnown: boolean;
}

export interface ParityReport {
  readonly session: string;
  readonly startedAtUs: number;
  readonly durationMs: number;
  readonly orders: { readonly live: number; readonly backtest: number; readonly equal: number };
  readonly counts: Readonly<Record<FillKind, number>>;
  readonly fills: readonly ComparedFill[];
  /** The first fill that differs; everything after it may follow from it. */
  readonly first: ComparedFill | undefined;
  readonly verdicts: readonly OtherVerdict[];
  readonly profit: {
    readonly numeraire: string;
    readonly assets: readonly AssetProfit[];
    /** Of all assets at the rates of the session's end; zero when no asset differs. */
    readonly live: Decimal;
    readonly backtest: Decimal;
    readonly difference: Decimal;
  };
  readonly latency: readonly VenueLatency[];
  readonly warnings: readonly string[];
}

/** Holds a replay against its session. */
export function parityOf(session: Session, replayed: Replayed): ParityReport {
  const { inputs, head, folder } = session;
  const live = liveOrders(session, replayed.sent);
  const noted = new Set(
    replayed.sent.flatMap(({ sent, met }) => (met === undefined ? [] : [sent.clientOrderId])),
  );
  const fills = compareFills({
    ...{ live, backtest: replayed.orders },
    bookOf: (clientOrderId) => (noted.has(clientOrderId) ? 'noted' : 'newest'),
  });
  const counted = Object.fromEntries(FILL_KINDS.map((kind) => [kind, 0]));
  for (const { kind } of fills) counted[kind] = (counted[kind] ?? 0) + 1;
  const ours = new Set(live.map(({ clientOrderId }) => clientOrderId));
  const [firstUs = 0, lastUs = 0] = [inputs[0]?.atUs, inputs.at(-1)?.atUs];
  return {
    session: folder,
    startedAtUs: head.startedAtUs,
    durationMs: Math.round((lastUs - firstUs) / 1000),
    orders: {
      live: live.length,
      backtest: replayed.orders.length,
      equal: replayed.orders.filter(({ clientOrderId }) => ours.has(clientOrderId)).length,
    },
    counts: counted as Record<FillKind, number>,
    fills,
    first: fills
      .filter(({ kind }) => kind !== 'equal')
      .toSorted((one, other) => one.sentAtUs - other.sentAtUs)[0],
    verdicts: replayed.verdicts,
    profit: profitOf(live, replayed),
    latency: latencyOf(replayed.sent),
    warnings: warningsOf(session, replayed),
  };
}

function liveOrders(session: Session, sent: readonly SentOrder[]): readonly ParityOrder[] {
  const fills = new Map<string, ParityFill[]>();
  const known = new Map<string, number>();
  const seen = new Set<string>();
  for (const row of session.fills) {
    const key = `${row.orderId} ${row.executionId}`;
    if (seen.has(key)) continue;
    seen.add(key);
    const clientOrderId = deriveClientOrderId({ orderId: row.orderId as OrderId, revision: 0 });
    const own = fills.get(clientOrderId) ?? [];
    const { price, quantity, fee, feeAsset, reportedAtUs } = row;
    const money = { price: Decimal.parse(price), quantity: Decimal.parse(quantity) };
    own.push({ ...money, fee: Decimal.parse(fee), feeAsset });
    known.set(clientOrderId, Math.min(known.get(clientOrderId) ?? reportedAtUs, reportedAtUs));
    fills.set(clientOrderId, own);
  }
  const orders = new Map<string, ParityOrder>();
  for (const { sent: row, arrivedAtUs } of sent) {
    const { clientOrderId, venue, instrument, side, sentAtUs } = row;
    orders.set(clientOrderId, {
      ...{ clientOrderId, venue, instrument, side, sentAtUs },
      price: Decimal.parse(row.price),
      quantity: Decimal.parse(row.quantity),
      arrivedAtUs,
      knownAtUs: known.get(clientOrderId) ?? 0,
      fills: fills.get(clientOrderId) ?? [],
    });
  }
  return [...orders.values()];
}

function profitOf(live: readonly ParityOrder[], replayed: Replayed): ParityReport['profit'] {
  const [ours, theirs] = [flowsOf(live), flowsOf(replayed.orders)];
  const names = [...new Set([...ours.keys(), ...theirs.keys()])].toSorted();
  const assets = names.map((asset): AssetProfit => {
    const one = (ours.get(asset) ?? Decimal.ZERO).normalized();
    const other = (theirs.get(asset) ?? Decimal.ZERO).normalized();
    const difference = other.subtract(one).normalized();
    return { asset, live: one, backtest: other, difference };
  });
  const valued = (amountOf: (one: AssetProfit) => Decimal): Decimal =>
    assets
      .reduce((sum, one) => {
        const rate = replayed.rates.get(one.asset) ?? Decimal.ZERO;
        return sum.add(amountOf(one).multiply(rate).round(DIGITS, 'half-even'));
      }, Decimal.ZERO)
      .normalized();
  return {
    numeraire: replayed.numeraire,
    assets,
    live: valued((one) => one.live),
    backtest: valued((one) => one.backtest),
    difference: valued((one) => one.difference),
  };
}

function latencyOf(sent: readonly SentOrder[]): readonly VenueLatency[] {
  const answered = sent.filter(({ sent: { answer } }) => answer === 'accepted');
  const byVenue = Map.groupBy(answered, ({ sent: { venue } }) => venue);
  return [...byVenue].toSorted().map(([venue, orders]) => {
    const samplesMs = orders.flatMap(({ sent: { sentAtUs, answeredAtUs }, arrivedAtUs }) => [
      (arrivedAtUs - sentAtUs) / 1000,
      (answeredAtUs - arrivedAtUs) / 1000,
    ]);
    const arrivalsKnown = orders.every(({ met }) => met !== undefined);
    return { venue, samplesMs, arrivalsKnown, ...fitLatency(samplesMs) };
  });
}

function warningsOf({ head }: Session, replayed: Replayed): readonly string[] {
  const { ended } = head;
  const { late, ledger, sent, warnings } = replayed;
  const unseen = sent.filter(({ met, sent: { answer } }) => !met && answer === 'accepted').length;
  return [
    ...(ended === undefined ? ['the session was cut off: what came last is missing'] : []),
    ...(ended !== undefined && ended.dropped > 0
      ? [`the recording dropped ${ended.dropped} rows that the disk could not keep up with`]
      : []),
    ...(unseen > 0 ? [`${unseen} orders met the newest book: their venues noted none`] : []),
    ...(late.length > 0 ? [`${late.length} steps ended later than in the session`] : []),
    ...ledger.differences.map((difference) => `after the replay: ${difference}`),
    ...warnings,
  ];
}
