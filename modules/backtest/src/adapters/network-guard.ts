import { AsyncLocalStorage } from 'node:async_hooks';
import { Socket } from 'node:net';
import { AtsError } from '@ats/domain';

const guarded = new AsyncLocalStorage<string>();
let runs = 0;
let connect: Socket['connect'] | undefined;

/**
 * Runs something that must not reach for the network: whatever it starts, however late, gets
 * BACKTEST_NETWORK_REFUSED where it would open a connection. Others in the process are not touched.
 */
export async function withoutNetwork<Result>(
  what: string,
  work: () => Promise<Result>,
): Promise<Result> {
  install();
  try {
    return await guarded.run(what, work);
  } finally {
    remove();
  }
}

function install(): void {
  runs += 1;
  if (connect !== undefined) return;
  const original = Socket.prototype.connect;
  connect = original;
  // Every client of TCP, TLS, HTTP and local sockets in Node goes through here.
  Socket.prototype.connect = function guardedConnect(this: Socket, ...args: never[]) {
    const run = guarded.getStore();
    if (run !== undefined) throw refused(run);
    return Reflect.apply(original, this, args) as Socket;
  } as Socket['connect'];
}

function remove(): void {
  runs -= 1;
  if (runs > 0 || connect === undefined) return;
  Socket.prototype.connect = connect;
  connect = undefined;
}

function refused(run: string): AtsError {
  return new AtsError({
    code: 'BACKTEST_NETWORK_REFUSED',
    message: `${run} tried to open a network connection`,
    remedy: 'Give a strategy what it needs by its tapes and settings: a backtest stays offline.',
    context: { field: 'strategy' },
  });
}
