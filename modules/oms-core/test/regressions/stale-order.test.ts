import { executionReportRecord, orderCommandRecord } from '@ats/orders';
import type { LogBatch, LogRecord, NewRecord } from '@ats/storage';
import { cancelOf, MAIN, report, Stage, USDT } from '../stage.ts';

function batchOf(records: readonly NewRecord[]): LogBatch {
  const logged = records.map(
    (record, offset): LogRecord => ({ ...record, partition: 0, offset, loggedAtUs: 0 }),
  );
  return {
    topic: 'exec.reports',
    partition: 0,
    records: logged,
    commit: () => Promise.resolve({ kind: 'committed' }),
    park: () => Promise.reject(new Error('nothing is to be parked')),
  };
}

describe('an instance that remembers an order which another has changed', () => {
  let stage: Stage;
  afterEach(() => stage.close());

  it.each([1, 2])('asks the store before an answer is needless (%i at once)', async (times) => {
    stage = await Stage.open();
    await stage.consume();
    await stage.deposit(USDT, 2000);
    const order = await stage.submit();
    await stage.report(report(order, { type: 'accepted' }));
    await stage.quiet();
    const about = { accountId: MAIN, correlationId: 'test' };
    const cancel = cancelOf(order);
    const { outbox, bookkeeper } = stage.otherInstance();
    await bookkeeper.handle(batchOf([orderCommandRecord(cancel, about)]));
    await outbox.close();
    expect((await stage.order(order.orderId)).order.status).toBe('CANCEL_PENDING');
    const requestId = 'requestId' in cancel ? cancel.requestId : undefined;
    const refused = report(order, { type: 'cancel-rejected', requestId });
    const records = Array.from({ length: times }, () => executionReportRecord(refused, about));
    await stage.bookkeeper.handle(batchOf(records));
    expect((await stage.order(order.orderId)).order).toMatchObject({ status: 'LIVE' });
  });
});
