import { executionReportRecord } from '@ats/orders';
import type { LogBatch, LogRecord } from '@ats/storage';
import { BTC, fillReport, MAIN, report, Stage, USDT } from '../stage.ts';

/** Records that one append left twice in the log come in one batch. */
function batchOf(records: readonly LogRecord[]): LogBatch {
  return {
    topic: 'exec.reports',
    partition: 0,
    records,
    commit: () => Promise.resolve({ kind: 'committed' }),
    park: () => Promise.reject(new Error('nothing is to be parked')),
  };
}

describe('a fill that comes twice in one batch', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  it('is never asked of the store twice in one transaction', async () => {
    const keys: string[][] = [];
    stage = await Stage.open({
      wrapState: (state) => {
        const { transact } = state;
        state.transact = (items) => {
          keys.push(items.map(({ key }) => `${key.table}/${key.partition}/${key.sort}`));
          return transact.call(state, items);
        };
        return state;
      },
    });
    await stage.consume();
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.quiet();
    const half = fillReport(order, { quantity: 4 });
    const rest = fillReport(order, { quantity: 6 });
    const reports = [report(order, { type: 'accepted' }), half, half, rest, half];
    const cause = { accountId: MAIN, correlationId: 'test' };
    const records = reports.map(
      (one, offset): LogRecord => ({
        ...executionReportRecord(one, cause),
        partition: 0,
        offset,
        loggedAtUs: 0,
      }),
    );
    await stage.bookkeeper.handle(batchOf(records));
    await stage.quiet();
    for (const one of keys) expect(new Set(one).size).toBe(one.length);
    const { order: done } = await stage.order(order.orderId);
    expect([done.status, done.version]).toEqual(['FILLED', 5]);
    expect(await stage.balance(BTC)).toBe('10/0');
    await stage.expectBalanced();
  });
});
