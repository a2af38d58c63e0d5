import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { constants, createGunzip } from 'node:zlib';
import { AtsError } from '@ats/domain';
import type {
  FillRow,
  InputRow,
  MarketRow,
  MetRow,
  SentRow,
  SessionHead,
  SessionRow,
} from '../../domain/parity/session-rows.ts';
import { SESSION_VERSION } from '../../domain/parity/session-rows.ts';

/** A session that was recorded, but for its market data. */
export interface Session {
  readonly folder: string;
  readonly head: SessionHead;
  readonly markets: readonly MarketRow[];
  readonly inputs: readonly InputRow[];
  readonly sent: readonly SentRow[];
  readonly fills: readonly FillRow[];
  /** Orders as their venues took them; empty where no venue told. */
  readonly met: readonly MetRow[];
}

/** Reads what `ats up --record-session` kept. @throws SESSION_UNREADABLE */
export async function readSession(folder: string): Promise<Session> {
  const head = readHead(folder);
  const rows: SessionRow[] = [];
  for await (const row of linesOf<SessionRow>(folder, 'inputs.jsonl.gz')) rows.push(row);
  if (!rows.some((row) => 'order' in row)) throw unreadable(folder, 'nothing reached its engine');
  const met: MetRow[] = [];
  if (existsSync(join(folder, 'venue-orders.jsonl'))) {
    for await (const row of linesOf<MetRow>(folder, 'venue-orders.jsonl')) met.push(row);
  }
  const isMarket = (row: SessionRow): row is MarketRow => row.kind === 'market';
  const isSent = (row: SessionRow): row is SentRow => row.kind === 'sent';
  const isFill = (row: SessionRow): row is FillRow => row.kind === 'fill';
  return {
    ...{ folder, head, met },
    markets: rows.filter(isMarket),
    sent: rows.filter(isSent),
    fills: rows.filter(isFill),
    inputs: rows
      .filter((row): row is InputRow => 'order' in row)
      .toSorted((one, other) => one.order - other.order),
  };
}

/** Rows of market data, each a view of doubles that is good until the next is asked for. */
export async function* marketRowsOf(folder: string): AsyncGenerator<Float64Array> {
  const file = createReadStream(join(folder, 'market.f64.gz'));
  // A session that was cut off ends in the middle of a block: what is whole is used.
  const unpacked = file.pipe(
    createGunzip({ finishFlush: constants.Z_SYNC_FLUSH, chunkSize: 1 << 20 }),
  );
  let rest = new Uint8Array(0);
  for await (const chunk of unpacked as AsyncIterable<Buffer>) {
    const bytes = new Uint8Array(rest.length + chunk.length);
    bytes.set(rest);
    bytes.set(chunk, rest.length);
    const doubles = new Float64Array(bytes.buffer, 0, bytes.length >> 3);
    let at = 0;
    for (;;) {
      const length = doubles[at];
      if (length === undefined || length < 1 || at + length > doubles.length) break;
      yield doubles.subarray(at, at + length);
      at += length;
    }
    rest = bytes.slice(at * 8);
  }
}

async function* linesOf<Row>(folder: string, name: string): AsyncGenerator<Row> {
  const path = join(folder, name);
  const file = createReadStream(path);
  const gunzip = createGunzip({ finishFlush: constants.Z_SYNC_FLUSH });
  const input = name.endsWith('.gz') ? file.pipe(gunzip) : file;
  file.on('error', (problem) => input.destroy(problem));
  let torn: string | undefined;
  try {
    for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
      if (torn !== undefined) throw unreadable(folder, `${name} has a line that is no JSON`);
      try {
        yield JSON.parse(line) as Row;
      } catch {
        // The last line of a session that was killed.
        torn = line;
      }
    }
  } catch (cause) {
    if (cause instanceof AtsError) throw cause;
    throw unreadable(folder, `${name} cannot be read`, cause);
  }
}

function readHead(folder: string): SessionHead {
  let head: SessionHead;
  try {
    head = JSON.parse(readFileSync(join(folder, 'session.json'), 'utf8')) as SessionHead;
  } catch (cause) {
    throw unreadable(folder, 'session.json cannot be read', cause);
  }
  if (head.version !== SESSION_VERSION) {
    throw unreadable(folder, `its version is ${head.version}, not ${SESSION_VERSION}`);
  }
  return head;
}

function unreadable(folder: string, why: string, cause?: unknown): AtsError {
  return new AtsError({
    code: 'SESSION_UNREADABLE',
    message: `${folder} is no session that can be replayed: ${why}`,
    remedy: 'Give the folder of "ats up --record-session FOLDER", with all of its files.',
    context: { field: '--session', value: folder },
    cause,
  });
}
