import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { NOTIFICATION_SERVICE } from '@ats/contracts';
import { alertRecord } from '@ats/orders';
import {
  loadConfig,
  openRpcDirectory,
  parseConfig,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '@ats/runtime';
import { openLmdbEventLog, openLmdbStateStore, openParquetTickStore } from '@ats/storage';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { notification, notificationConfigSchema } from '../src/index.ts';
import { tradeOf, tradeRecord } from './domain/sample-trades.ts';
import { alertOf, QUICK, webhookChannel } from './stage.ts';

/** The service with somebody who raises alerts for ever; prints the number of each in the log. */
const [folder = '', from = '0'] = process.argv.slice(2);
const parts = {
  clock: systemClock,
  timers: systemTimers,
  logger: silentLogger(),
  metrics: memoryMetrics(),
};
const log = await openLmdbEventLog({ folder: join(folder, 'log'), ...parts });
const store = await openLmdbStateStore({ folder: join(folder, 'state'), ...parts });
const ticks = await openParquetTickStore({ folder: join(folder, 'ticks'), ...parts });
const random = seededRandom(Number(from));
const own = { address: '127.0.0.1:0', field: 'rpc.notificationAddress' };
const addresses = { [NOTIFICATION_SERVICE.fullName]: own };
const configFolder = fileURLToPath(new URL('../../../config', import.meta.url));
const loaded = loadConfig({ folder: configFolder, environment: {}, assignments: [...QUICK] });
const config = parseConfig(loaded, notificationConfigSchema);
await notification.start({
  ...{ ...parts, random },
  config: { notification: { ...config.notification, channels: { hook: webhookChannel } } },
  rpc: openRpcDirectory({ guard: UNGUARDED, ...parts, random, addresses }),
  ports: {
    eventLog: () => Promise.resolve(log),
    stateStore: () => Promise.resolve(store),
    tickStore: () => Promise.resolve(ticks),
  },
});
for (let number = Number(from); ; number += 1) {
  await log.append(alertRecord(alertOf(number), 'raised'));
  const trade = tradeRecord(tradeOf({ number, endedAtUs: systemClock.nowUs() }));
  // Whoever writes them may have to do so twice.
  for (let times = 0; times <= number % 2; times += 1) await log.append(trade);
  process.stdout.write(`${number}\n`);
  await systemTimers.sleep(3);
}
