import { systemTimers } from '@ats/runtime';
import type { EventLog } from '@ats/storage';
import { openDesk, submitOf } from './desk.ts';
import { openStores } from './gateway.ts';

/**
 * A process that takes orders for ever, several at once, and prints each that was acknowledged;
 * to be killed. Its log is late, so that a kill falls between transaction and publish.
 */
const [folder = ''] = process.argv.slice(2);
const { state, log } = await openStores(folder);
const late: EventLog = {
  append: async (record) => {
    await systemTimers.sleep(15);
    return log.append(record);
  },
  subscribe: (options) => log.subscribe(options),
  read: (options) => log.read(options),
  lag: (options) => log.lag(options),
  health: () => log.health(),
  close: () => log.close(),
};
const { desk } = await openDesk({ state, log: late });

async function takeOrders(worker: number): Promise<never> {
  for (let index = 0; ; index += 1) {
    const id = `request-${worker}-${index}`;
    const answer = await desk.submit(submitOf(id));
    if (answer.kind === 'refused') throw answer.error;
    process.stdout.write(`${id} ${answer.orders[0]?.orderId}\n`);
  }
}

await Promise.all([0, 1, 2, 3].map(takeOrders));
