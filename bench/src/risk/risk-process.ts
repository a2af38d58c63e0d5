import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { RISK_SERVICE } from '@ats/contracts';
import { Decimal, type Listing } from '@ats/domain';
import { riskManager } from '@ats/risk-manager';
import {
  listingsOf,
  loadConfig,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  sharedConfigSchema,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import {
  openLmdbEventLog,
  openLmdbStateStore,
  openMemoryMarketBus,
  type StateStore,
} from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { answer, receiveJob } from '../child.ts';
import { benchBook, benchPrice } from '../market/system.ts';
import { ROOMY_RESERVATIONS } from './roomy-limits.ts';

export interface RiskJob {
  readonly folder: string;
  readonly positions: number;
}

/** A book of some market comes this often. */
const BOOK_MS = 4;
const BATCH = 50;

/** As many positions as are wanted, over all markets and as many accounts as that takes. */
async function storePositions(
  state: StateStore,
  listings: readonly Listing[],
  count: number,
): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => {
    const { venue, instrument } = listings[index % listings.length] as Listing;
    const accountId = `account-${Math.floor(index / listings.length)}`;
    const quantity = new Decimal(BigInt((index % 7) - 3), 3);
    const position = { quantity, cash: Decimal.ZERO, cost: Decimal.ZERO };
    const sort = JSON.stringify([accountId, venue, instrument]);
    const key = { table: 'risk', partition: 'positions', sort } as const;
    const json = JSON.stringify({ accountId, venue, instrument, position, fees: [] });
    return { kind: 'update', key, set: { json } } as const;
  });
  for (let from = 0; from < items.length; from += BATCH) {
    await state.transact(items.slice(from, from + BATCH));
  }
}

/** The risk manager in a process of its own, on its stores, with books that come all the time. */
async function serve({ folder, positions }: RiskJob): Promise<void> {
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../config', import.meta.url)),
    environment: {},
    assignments: [
      'risk.limits.approvalRate.max=1000000',
      'risk.approvalBurst=1000000',
      `risk.approvalKeyFile=${join(folder, 'approval-key')}`,
      ...ROOMY_RESERVATIONS,
    ],
  });
  const metrics = memoryMetrics({ keepsObservations: false });
  const random = seededRandom(1);
  const base = { clock: systemClock, timers: systemTimers, logger: silentLogger(), metrics };
  const state = await openLmdbStateStore({ ...base, folder: join(folder, 'state') });
  const log = await openLmdbEventLog({ ...base, folder: join(folder, 'log') });
  const listings = listingsOf(parseConfig(loaded, sharedConfigSchema));
  await storePositions(state, listings, positions);
  const bus = openMemoryMarketBus(base);
  const books = listings.map((listing) => benchBook(listing, benchPrice(listing)));
  for (const book of books) {
    book.touch(1);
    bus.publish(book.event);
  }
  let turn = 0;
  systemTimers.every(BOOK_MS, () => {
    const book = books[turn % books.length];
    turn += 1;
    book?.touch(1 + (turn % 5) * 0.00001);
    if (book !== undefined) bus.publish(book.event);
  });
  const address = { address: '127.0.0.1:0', field: 'rpc.riskAddress' };
  const addresses = { [RISK_SERVICE.fullName]: address };
  const rpc = openRpcDirectory({ guard: UNGUARDED, ...base, random, addresses });
  const running = await riskManager.start({
    ...{ ...base, random, rpc },
    config: parseConfig(loaded, riskManager.configSchema),
    ports: {
      stateStore: async () => state,
      eventLog: async () => log,
      marketBus: async () => bus,
    },
  });
  answer({ address: running.address });
}

if (import.meta.main) {
  // The product's timers keep no process alive; this one lives until it is told to end.
  setInterval(() => undefined, 1000);
  await serve(await receiveJob<RiskJob>());
}
