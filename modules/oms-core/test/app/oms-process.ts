/**
 * Orders, reports and a bookkeeper for ever, until it is killed. Prints the id of each order once
 * it is taken, and of each fill once it is in the log.
 */
import { decimal, fillReport, report, Stage, sampleOrder, USDT } from '../stage.ts';

const stage = await Stage.open({ folder: process.argv[2] ?? '' });
await stage.deposit(USDT, 10_000_000);
await stage.consume();
for (;;) {
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      const order = await stage.trySubmit(sampleOrder({ quantity: decimal(2) }));
      if (order === undefined) return;
      process.stdout.write(`order ${order.orderId}\n`);
      const fill = fillReport(order, { quantity: 1, fee: '0.1', id: `x-${order.orderId}` });
      await stage.report(report(order, { type: 'accepted' }), fill, fill);
      process.stdout.write(`fill ${order.orderId}\n`);
    }),
  );
}
