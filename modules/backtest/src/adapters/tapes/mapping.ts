import { readFile } from 'node:fs/promises';
import { AtsError } from '@ats/domain';
import { parse } from 'yaml';
import { z } from 'zod';
import type { TapeMarket } from '../../domain/tape.ts';
import { bookColumns, type RowFormat } from './columns.ts';
import { identifier } from './duck.ts';
import { firstLineOf } from './failure.ts';
import { parseMarket } from './markets.ts';
import { aggressorSql, levelSql } from './relation.ts';

const column = z.string().min(1);
const marketText = z.string().refine((text) => parseMarket(text) !== undefined, {
  message: 'expected a market such as binance:BTC/USDT',
});
const timeSchema = z.strictObject({ column, unit: z.enum(['s', 'ms', 'us', 'ns', 'utc']) });

const base = {
  delimiter: z.string().length(1).default(','),
  /** One market, or a column of symbols and what they mean. */
  market: z.union([
    marketText,
    z.strictObject({ column, values: z.record(z.string(), marketText) }),
  ]),
  receivedAt: timeSchema,
};
const withExchangeTime = { ...base, exchangeTime: timeSchema.optional() };
const levelColumn = z.string().regex(/\{level\}/, 'expected {level} in it, such as bid_{level}');

const mappingSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('quote'),
    ...withExchangeTime,
    ...{ bidPrice: column, bidSize: column, askPrice: column, askSize: column },
  }),
  z.strictObject({
    kind: z.literal('book'),
    ...withExchangeTime,
    levels: z.int().min(1).max(1000),
    /** What the best level is called. */
    firstLevel: z.int().min(0).max(1).default(1),
    ...{ bidPrice: levelColumn, bidSize: levelColumn },
    ...{ askPrice: levelColumn, askSize: levelColumn },
  }),
  z.strictObject({
    kind: z.literal('trade'),
    ...withExchangeTime,
    ...{ price: column, size: column },
    /** The side that took. */
    side: z.strictObject({ column, buy: z.string(), sell: z.string() }).optional(),
  }),
  z.strictObject({
    kind: z.literal('bar'),
    ...base,
    /** Of each bar; its time is that of its start. */
    lengthSeconds: z.number().positive().max(2_678_400),
    ...{ open: column, high: column, low: column, close: column, volume: column },
    /** Makes best prices so far apart instead of trades. */
    spreadBps: z.number().positive().max(10_000).optional(),
  }),
]);

/** What the columns of somebody's CSV are. */
export type TapeMapping = z.output<typeof mappingSchema>;

/** Reads a mapping from YAML. @throws CONFIG_UNREADABLE, CONFIG_INVALID naming every problem */
export async function readMapping(file: string): Promise<TapeMapping> {
  let value: unknown;
  try {
    value = parse(await readFile(file, 'utf8'));
  } catch (cause) {
    throw new AtsError({
      code: 'CONFIG_UNREADABLE',
      message: `--mapping ${file} cannot be read: ${firstLineOf(cause)}`,
      remedy: 'Name a YAML file; docs/tape-format.md shows one.',
      context: { field: '--mapping', value: file },
      cause,
    });
  }
  const parsed = mappingSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(
    ({ path, message }) => `${path.join('.') || 'mapping'}: ${message}`,
  );
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `--mapping ${file}: ${problems.join('; ')}`,
    remedy: 'Compare it with the mappings in docs/tape-format.md.',
    context: { field: '--mapping', value: file },
  });
}

/** The markets that a mapping names, by what stands in its column. */
export function mappedMarkets(mapping: TapeMapping): ReadonlyMap<string, TapeMarket> {
  const { market } = mapping;
  const entries = typeof market === 'string' ? { '': market } : market.values;
  return new Map(
    Object.entries(entries).flatMap(([symbol, text]) => {
      const found = parseMarket(text);
      return found === undefined ? [] : [[symbol, found] as const];
    }),
  );
}

type Types = Record<string, 'DOUBLE' | 'BIGINT' | 'VARCHAR'>;
type Time = z.output<typeof timeSchema>;

/** Whole microseconds of a time, whatever it is written in. */
function timeSql({ column: name, unit }: Time): string {
  const value = identifier(name);
  switch (unit) {
    case 'us':
      return value;
    case 'ns':
      return `${value} // 1000`;
    case 'ms':
      return `round(${value} * 1000)`;
    case 's':
      return `round(${value} * 1000000)`;
    case 'utc':
      return `epoch_us(try_cast(${value} AS TIMESTAMPTZ))`;
  }
}

const TIME_TYPES = {
  us: 'BIGINT',
  ns: 'BIGINT',
  ms: 'DOUBLE',
  s: 'DOUBLE',
  utc: 'VARCHAR',
} as const;

const side = (price: string, size: string): readonly [string, string] =>
  levelSql(identifier(price), identifier(size));

/** The format that a mapping describes. */
export function mappedFormat(mapping: TapeMapping): RowFormat {
  const { market, receivedAt } = mapping;
  const exchangeTime = mapping.kind === 'bar' ? undefined : mapping.exchangeTime;
  const types: Types = { [receivedAt.column]: TIME_TYPES[receivedAt.unit] };
  if (exchangeTime !== undefined) types[exchangeTime.column] = TIME_TYPES[exchangeTime.unit];
  const common = {
    name: `mapped ${mapping.kind}s`,
    venue: `''`,
    symbol: typeof market === 'string' ? `''` : identifier(market.column),
    receivedAtUs: timeSql(receivedAt),
    exchangeTimeUs: exchangeTime === undefined ? 'NULL' : timeSql(exchangeTime),
    levels: 1,
    rowsPerLine: 1,
  };
  const own = valuesOf(mapping, common.receivedAtUs);
  for (const name of own.names) types[name] = 'DOUBLE';
  const fields = { received_at_us: receivedAt.column, ...own.fields };
  const { names, ...format } = own;
  return { ...common, ...format, types, fields };
}

type Values = Pick<RowFormat, 'kind' | 'values'> &
  Partial<RowFormat> & { readonly names: readonly string[] };

function valuesOf(mapping: TapeMapping, time: string): Values {
  switch (mapping.kind) {
    case 'quote': {
      const { bidPrice, bidSize, askPrice, askSize } = mapping;
      return {
        kind: 'quote',
        names: [bidPrice, bidSize, askPrice, askSize],
        values: [...side(bidPrice, bidSize), ...side(askPrice, askSize)],
        fields: { bid: bidPrice, ask: askPrice },
      };
    }
    case 'book': {
      const levels = (price: string, size: string) =>
        Array.from({ length: mapping.levels }, (_, at) => {
          const level = String(at + mapping.firstLevel);
          return [price.replace('{level}', level), size.replace('{level}', level)] as const;
        });
      const bids = levels(mapping.bidPrice, mapping.bidSize);
      const asks = levels(mapping.askPrice, mapping.askSize);
      return { kind: 'book', ...bookColumns({ bids, asks }) };
    }
    case 'trade': {
      const { price, size, side: taker } = mapping;
      const aggressor =
        taker === undefined ? '0::TINYINT' : aggressorSql(identifier(taker.column), taker);
      const values = [...side(price, size), aggressor];
      return { kind: 'trade', names: [price, size], values, fields: { price } };
    }
    case 'bar':
      return barValues(mapping, time);
  }
}

/**
 * A bar becomes four rows: its open at its start, its low and high at thirds (the low first where
 * it rose), its close in its last microsecond, each with a quarter of its volume. Bars of them are
 * the same bars, and nothing is known before it was.
 */
function barValues(mapping: Extract<TapeMapping, { kind: 'bar' }>, time: string): Values {
  const { open, high, low, close, volume, lengthSeconds, spreadBps } = mapping;
  const names = [open, high, low, close, volume];
  const [o, h, l, c, v] = names.map(identifier);
  const lengthUs = Math.round(lengthSeconds * 1e6);
  const price =
    `CASE ats_point WHEN 0 THEN ${o} WHEN 1 THEN CASE WHEN ${c} >= ${o} THEN ${l} ELSE ${h} END ` +
    `WHEN 2 THEN CASE WHEN ${c} >= ${o} THEN ${h} ELSE ${l} END ELSE ${c} END`;
  const size = `${v} / 4`;
  const [third, twoThirds] = [Math.floor(lengthUs / 3), Math.floor((2 * lengthUs) / 3)];
  const after = `[0, ${third}, ${twoThirds}, ${lengthUs - 1}]`;
  const shared = {
    names,
    receivedAtUs: `${time} + ${after}[ats_point + 1]`,
    rowsPerLine: 4,
    wanted: `${v} <> 0 OR ${v} IS NULL`,
    around: (file: string) => `(SELECT *, unnest([0, 1, 2, 3]) AS ats_point FROM ${file})`,
    fields: { price: close, bid: close, ask: close },
  };
  if (spreadBps === undefined) {
    return {
      kind: 'trade',
      ...shared,
      values: [...levelSql(`(${price})`, `(${size})`), '0::TINYINT'],
    };
  }
  const half = spreadBps / 20_000;
  const bid = levelSql(`((${price}) * ${1 - half})`, `(${size})`);
  const ask = levelSql(`((${price}) * ${1 + half})`, `(${size})`);
  return { kind: 'quote', ...shared, values: [...bid, ...ask] };
}

/** The columns that a mapping needs and a header lacks. */
export function missingColumns(mapping: TapeMapping, header: readonly string[]): readonly string[] {
  const names = Object.keys(mappedFormat(mapping).types);
  if (typeof mapping.market !== 'string') names.push(mapping.market.column);
  if (mapping.kind === 'trade' && mapping.side !== undefined) names.push(mapping.side.column);
  return names.filter((name) => !header.includes(name));
}
