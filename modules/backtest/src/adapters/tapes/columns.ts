import type { TapeBatch } from '../../domain/tape.ts';
import { identifier } from './duck.ts';
import { aggressorSql, levelSql, type Relation } from './relation.ts';

/** How the columns of a file make a tape. */
export interface RowFormat extends Omit<Relation, 'from' | 'kind'> {
  /** For people, such as `tardis trades`. */
  readonly name: string;
  /** `levels`: single changes of a book, rebuilt while they are read. */
  readonly kind: TapeBatch['kind'] | 'levels';
  /** How the columns that are used are typed; all others are skipped as text. */
  readonly types: Readonly<Record<string, 'DOUBLE' | 'BIGINT' | 'VARCHAR'>>;
  /** The file's columns behind the fields that a bad row names. */
  readonly fields?: Readonly<Record<string, string>>;
  /** A relation around the file's, for formats of several rows a line. */
  readonly around?: (file: string) => string;
}

const OWN_BASE = {
  venue: 'venue',
  symbol: 'instrument',
  receivedAtUs: 'received_at_us',
  exchangeTimeUs: 'exchange_time_us',
  levels: 1,
  rowsPerLine: 1,
} as const;
const OWN_TYPES = {
  venue: 'VARCHAR',
  instrument: 'VARCHAR',
  received_at_us: 'BIGINT',
  exchange_time_us: 'BIGINT',
} as const;
const TARDIS_BASE = {
  venue: 'exchange',
  symbol: 'symbol',
  receivedAtUs: 'local_timestamp',
  // Equal times say that the exchange sent none.
  exchangeTimeUs: 'nullif("timestamp", local_timestamp)',
  fields: {
    received_at_us: 'local_timestamp',
    bid: 'bid_price',
    ask: 'ask_price',
    market: 'symbol',
  } as Readonly<Record<string, string>>,
  levels: 1,
  rowsPerLine: 1,
} as const;
const TARDIS_TYPES = {
  exchange: 'VARCHAR',
  symbol: 'VARCHAR',
  timestamp: 'BIGINT',
  local_timestamp: 'BIGINT',
} as const;

const doubles = (names: readonly string[]): Record<string, 'DOUBLE'> =>
  Object.fromEntries(names.map((name) => [name, 'DOUBLE' as const]));

function sides(levels: readonly (readonly [string, string])[]): string[] {
  return levels.flatMap(([price, size]) => levelSql(identifier(price), identifier(size)));
}

const has = (header: readonly string[], names: readonly string[]): boolean =>
  names.every((name) => header.includes(name));

/** The levels 1 to n whose columns a header has. */
function levelNames(
  header: readonly string[],
  names: (level: number) => readonly [string, string],
): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  while (has(header, names(found.length))) found.push(names(found.length));
  return found;
}

/** A book's relation of the columns of its levels, bids first. */
export function bookColumns(levels: {
  readonly bids: readonly (readonly [string, string])[];
  readonly asks: readonly (readonly [string, string])[];
}): Pick<RowFormat, 'levels' | 'values'> & { readonly names: readonly string[] } {
  const count = Math.max(levels.bids.length, levels.asks.length);
  const padding = (have: number): string[] =>
    Array.from({ length: 2 * (count - have) }, () => `'NaN'::DOUBLE`);
  const { bids, asks } = levels;
  return {
    levels: count,
    values: [...sides(bids), ...padding(bids.length), ...sides(asks), ...padding(asks.length)],
    names: [...bids, ...asks].flat(),
  };
}

function ownFormat(header: readonly string[]): RowFormat | undefined {
  if (!has(header, ['venue', 'instrument', 'received_at_us'])) return undefined;
  const base = header.includes('exchange_time_us')
    ? { ...OWN_BASE, types: OWN_TYPES }
    : { ...OWN_BASE, exchangeTimeUs: 'NULL', types: { ...OWN_TYPES } };
  const quote = ['bid', 'bid_size', 'ask', 'ask_size'] as const;
  if (has(header, quote)) {
    return {
      ...base,
      name: 'ats quotes',
      kind: 'quote',
      types: { ...base.types, ...doubles(quote) },
      values: [...levelSql('bid', 'bid_size'), ...levelSql('ask', 'ask_size')],
    };
  }
  const bids = levelNames(header, (at) => [`bid_price_${at + 1}`, `bid_size_${at + 1}`]);
  const asks = levelNames(header, (at) => [`ask_price_${at + 1}`, `ask_size_${at + 1}`]);
  if (bids.length + asks.length > 0) {
    const { names, ...book } = bookColumns({ bids, asks });
    const types = { ...base.types, ...doubles(names) };
    return { ...base, ...book, name: 'ats books', kind: 'book', types };
  }
  if (!has(header, ['price', 'size'])) return undefined;
  const side = header.includes('aggressor')
    ? aggressorSql('aggressor', { buy: 'bid', sell: 'ask' })
    : '0::TINYINT';
  return {
    ...base,
    name: 'ats trades',
    kind: 'trade',
    types: { ...base.types, ...doubles(['price', 'size']), aggressor: 'VARCHAR' },
    values: [...levelSql('price', 'size'), side],
  };
}

function tardisFormat(header: readonly string[]): RowFormat | undefined {
  if (!has(header, Object.keys(TARDIS_TYPES))) return undefined;
  const typed = (names: readonly string[]): RowFormat['types'] => ({
    ...TARDIS_TYPES,
    ...doubles(names),
  });
  const quote = ['ask_amount', 'ask_price', 'bid_price', 'bid_amount'] as const;
  if (has(header, quote)) {
    const values = [...levelSql('bid_price', 'bid_amount'), ...levelSql('ask_price', 'ask_amount')];
    return { ...TARDIS_BASE, name: 'tardis quotes', kind: 'quote', types: typed(quote), values };
  }
  if (has(header, ['is_snapshot', 'side', 'price', 'amount'])) {
    return {
      ...TARDIS_BASE,
      name: 'tardis incremental_book_L2',
      kind: 'levels',
      types: { ...typed(['price', 'amount']), is_snapshot: 'VARCHAR', side: 'VARCHAR' },
      values: [
        `coalesce(price, 'NaN'::DOUBLE)`,
        `coalesce(amount, 'NaN'::DOUBLE)`,
        aggressorSql('side', { buy: 'bid', sell: 'ask' }),
        `(CASE WHEN lower(is_snapshot) = 'true' THEN 1 ELSE 0 END)::TINYINT`,
      ],
    };
  }
  if (has(header, ['side', 'price', 'amount'])) {
    return {
      ...TARDIS_BASE,
      name: 'tardis trades',
      kind: 'trade',
      types: { ...typed(['price', 'amount']), side: 'VARCHAR' },
      values: [...levelSql('price', 'amount'), aggressorSql('side', { buy: 'buy', sell: 'sell' })],
    };
  }
  const levels = (side: string) =>
    levelNames(header, (at) => [`${side}[${at}].price`, `${side}[${at}].amount`]);
  const bids = levels('bids');
  const asks = levels('asks');
  if (bids.length + asks.length === 0) return undefined;
  const { names, ...book } = bookColumns({ bids, asks });
  const name = `tardis book_snapshot_${book.levels}`;
  return { ...TARDIS_BASE, ...book, name, kind: 'book', types: typed(names) };
}

/** The format whose columns a header has; undefined where there is none. */
export function formatOfHeader(header: readonly string[]): RowFormat | undefined {
  return ownFormat(header) ?? tardisFormat(header);
}
