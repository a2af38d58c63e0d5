import type { TapeBatch } from './tape.ts';

/** Why a row of a tape cannot be used. */
export interface RowProblem {
  /** A few words that many rows share, such as `crossed`. */
  readonly reason: string;
  /** The field it is about, named as a tape names it. */
  readonly field: string;
  readonly value: number;
}

/** Market indices that stand for rows nobody asked for, and rows of a market nobody knows. */
export const MARKET_UNWANTED = 65_535;
export const MARKET_UNKNOWN = 65_534;

/**
 * What is wrong with one row: a number that is none, a negative size, a price without a size, a
 * crossed book, levels out of order, a time before `previousUs`. Allocates for a bad row only.
 *
 * @param previousUs receive time of the last good row of the tape
 */
export function rowProblem(
  batch: TapeBatch,
  row: number,
  previousUs: number,
): RowProblem | undefined {
  const timeUs = batch.receivedAtUs[row] as number;
  if (!(timeUs >= 0)) return problem('time is missing', 'received_at_us', timeUs);
  if (timeUs < previousUs) return problem('time falls', 'received_at_us', timeUs);
  if (batch.market[row] === MARKET_UNKNOWN) return problem('market is unknown', 'market', 0);
  switch (batch.kind) {
    case 'quote':
      return (
        levelProblem('bid', batch.bid[row] as number, batch.bidSize[row] as number) ??
        levelProblem('ask', batch.ask[row] as number, batch.askSize[row] as number) ??
        crossing(batch.bid[row] as number, batch.ask[row] as number)
      );
    case 'trade': {
      const price = batch.price[row] as number;
      const size = batch.size[row] as number;
      if (Number.isNaN(price)) return problem('price is missing', 'price', price);
      return levelProblem('price', price, size);
    }
    case 'book':
      return bookProblem(batch, row);
  }
}

function problem(reason: string, field: string, value: number): RowProblem {
  return { reason, field, value };
}

/** A level is a positive price and size, or neither. */
function levelProblem(side: string, price: number, size: number): RowProblem | undefined {
  if (price > 0 && size > 0 && price < Number.POSITIVE_INFINITY) {
    return size < Number.POSITIVE_INFINITY ? undefined : problem('size is infinite', side, size);
  }
  if (Number.isNaN(price) && Number.isNaN(size)) return undefined;
  if (size < 0) return problem('size is negative', side, size);
  if (Number.isNaN(size)) return problem('size is missing', side, size);
  if (Number.isNaN(price)) return problem('price is missing', side, price);
  if (price <= 0) return problem('price is not above 0', side, price);
  return problem('price is infinite', side, price);
}

function crossing(bid: number, ask: number): RowProblem | undefined {
  return bid >= ask ? problem('crossed', 'bid', bid) : undefined;
}

function bookProblem(
  batch: Extract<TapeBatch, { kind: 'book' }>,
  row: number,
): RowProblem | undefined {
  const from = row * batch.levels;
  const { bidPrices, bidSizes, askPrices, askSizes } = batch;
  const bids = batch.bidCount[row] as number;
  const asks = batch.askCount[row] as number;
  for (let level = from; level < from + bids; level += 1) {
    const price = bidPrices[level] as number;
    const wrong = levelProblem('bid', price, bidSizes[level] as number);
    if (wrong !== undefined) return wrong;
    if (level > from && price >= (bidPrices[level - 1] as number)) {
      return problem('levels are out of order', 'bid', price);
    }
  }
  for (let level = from; level < from + asks; level += 1) {
    const price = askPrices[level] as number;
    const wrong = levelProblem('ask', price, askSizes[level] as number);
    if (wrong !== undefined) return wrong;
    if (level > from && price <= (askPrices[level - 1] as number)) {
      return problem('levels are out of order', 'ask', price);
    }
  }
  if (bids === 0 || asks === 0) return undefined;
  return crossing(bidPrices[from] as number, askPrices[from] as number);
}
