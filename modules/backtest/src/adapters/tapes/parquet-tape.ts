import { AtsError } from '@ats/domain';
import { BadRowTally } from '../../domain/bad-row-tally.ts';
import type { Tape, TapeBatch, TapeMarket, TapeRange } from '../../domain/tape.ts';
import { chunksOf, connectDuck, literal } from './duck.ts';
import { firstLineOf, unreadable } from './failure.ts';
import { BatchShaper, type Relation, relationSql } from './relation.ts';

/** SQL that reads Parquet files as one table, in the order of the files. */
export const parquetTable = (files: readonly string[]): string =>
  `read_parquet([${files.map(literal).join(', ')}], hive_partitioning = false)`;

/** Rows of Parquet files that were checked when they were written. */
export function parquetTape(options: {
  readonly name: string;
  readonly markets: readonly TapeMarket[];
  readonly relation: Relation;
  /** SQL of a row's market. */
  readonly market: string;
  /** Whether rows of other markets lie between and are left out. */
  readonly only?: string;
}): Tape {
  const { name, markets, relation, market, only } = options;
  return {
    name,
    markets,
    badRows: () => new BadRowTally().value(),
    async *batches(range: TapeRange = {}): AsyncGenerator<TapeBatch> {
      const connection = await connectDuck();
      try {
        const conditions = [...timeConditions(range), ...(only === undefined ? [] : [only])];
        const where = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
        const result = await connection.stream(relationSql(relation, market, where));
        const shaper = new BatchShaper(relation);
        for await (const { count, columns } of chunksOf(result)) {
          yield shaper.shape(count, columns);
        }
      } catch (cause) {
        if (cause instanceof AtsError) throw cause;
        throw unreadable({
          reference: name,
          why: `its Parquet files cannot be read: ${firstLineOf(cause)}`,
          remedy: 'Import the tape again; with a store, look at the files in its folder.',
          cause,
        });
      } finally {
        connection.disconnectSync();
      }
    },
  };
}

/** SQL conditions of a half-open range of receive times. */
export function timeConditions(range: TapeRange): readonly string[] {
  const { fromUs, toUs } = range;
  return [
    ...(fromUs === undefined ? [] : [`received_at_us >= ${Math.ceil(fromUs)}`]),
    ...(toUs === undefined ? [] : [`received_at_us < ${Math.ceil(toUs)}`]),
  ];
}
