import { AtsError } from '@ats/domain';
import { type DuckDBConnection, DuckDBInstance, type Json } from '@duckdb/node-api';
import { AUDIT_VIEWS } from './audit-views.ts';

/** Rows of an answer, values as JSON: decimals and 64-bit integers are texts. */
export interface QueryAnswer {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, Json>>[];
  /** Whether there are more rows than were asked for. */
  readonly more: boolean;
}

/** SQL over the segments of an archive. */
export interface AuditDatabase {
  /** @throws CONFIG_INVALID with DuckDB's own words */
  query(sql: string, options: { readonly rowsMax: number }): Promise<QueryAnswer>;
  close(): void;
}

export interface AuditDatabaseOptions {
  /** A folder that holds segments under `events/`. */
  readonly folder: string;
  /** Whether the folder holds any. */
  readonly empty: boolean;
}

/** What a query may take of this machine. */
const MEMORY = '1GB';
const SEGMENTS = 'events/dt=*/topic=*/p=*/*.jsonl.gz';

const text = (value: string): string => `'${value.replaceAll("'", "''")}'`;

const COLUMNS = `{
  'offset': 'BIGINT', 'eventId': 'VARCHAR', 'schema': 'VARCHAR', 'key': 'VARCHAR',
  'correlationId': 'VARCHAR', 'traceparent': 'VARCHAR', 'loggedAtUs': 'BIGINT',
  'deadLetter': 'JSON', 'payload': 'JSON', 'problem': 'VARCHAR', 'bytes': 'VARCHAR'
}`;

/** One row for each record; views of topics read only the files of their topic. */
function eventsView({ folder, empty }: AuditDatabaseOptions): string {
  const source = empty
    ? `(SELECT NULL::DATE AS dt, NULL::VARCHAR AS topic, NULL::INTEGER AS p,
        NULL::BIGINT AS "offset", NULL::VARCHAR AS "eventId", NULL::VARCHAR AS "schema",
        NULL::VARCHAR AS "key", NULL::VARCHAR AS "correlationId", NULL::VARCHAR AS traceparent,
        NULL::BIGINT AS "loggedAtUs", NULL::JSON AS "deadLetter", NULL::JSON AS payload,
        NULL::VARCHAR AS problem, NULL::VARCHAR AS bytes WHERE false)`
    : `read_json(${text(`${folder}/${SEGMENTS}`)}, format = 'newline_delimited',
        compression = 'gzip', hive_partitioning = true, maximum_object_size = 67108864,
        hive_types = { 'dt': DATE, 'topic': VARCHAR, 'p': INTEGER }, columns = ${COLUMNS})`;
  return `CREATE VIEW events AS SELECT dt, topic, p AS "partition", "offset",
    make_timestamp("loggedAtUs") AS logged_at, "eventId" AS event_id, "schema" AS "schema",
    "key" AS "key", "correlationId" AS correlation_id, traceparent, payload,
    "deadLetter" AS dead_letter, problem, bytes FROM ${source}`;
}

function refused(sql: string, cause: unknown): AtsError {
  return new AtsError({
    code: 'CONFIG_INVALID',
    message: `the query was refused: ${cause instanceof Error ? cause.message : String(cause)}`,
    remedy: 'Mend the SQL; "SHOW TABLES" and "DESCRIBE orders" show what there is.',
    context: { field: 'sql', value: sql.slice(0, 200) },
    cause,
  });
}

/** Opens a DuckDB in memory with a view for each topic. Nothing is written anywhere. */
export async function openAuditDatabase(options: AuditDatabaseOptions): Promise<AuditDatabase> {
  const instance = await DuckDBInstance.create(':memory:', { memory_limit: MEMORY });
  const connection: DuckDBConnection = await instance.connect();
  for (const view of [eventsView(options), ...AUDIT_VIEWS]) await connection.run(view);
  return {
    async query(sql, { rowsMax }) {
      try {
        const reader = await connection.streamAndReadUntil(sql, rowsMax + 1);
        const rows = reader.getRowObjectsJson();
        const columns = reader.deduplicatedColumnNames();
        return { columns, rows: rows.slice(0, rowsMax), more: rows.length > rowsMax };
      } catch (cause) {
        throw refused(sql, cause);
      }
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
