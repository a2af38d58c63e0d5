import { seededRandom, systemClock, systemTimers } from '@ats/runtime';
import { memoryMetrics, silentLogger } from '@ats/testkit';
import { openDeskMetrics } from '../../src/app/desk-metrics.ts';
import { OrderReports } from '../../src/app/order-reports.ts';
import { submitted } from '../support.ts';

describe('reports on an order that are stopped', () => {
  it('have ended once that is done: nothing is written after it', async () => {
    const gate = Promise.withResolvers<void>();
    let written = 0;
    const reports = new OrderReports(
      {
        report: async () => {
          await gate.promise;
          written += 1;
        },
        clock: systemClock,
        timers: systemTimers,
        random: seededRandom(1).stream('reports'),
        metrics: openDeskMetrics(memoryMetrics()),
        logger: silentLogger(),
      },
      { order: submitted({ limitPrice: '100' }).order, correlationId: 'test' },
    );
    void reports.say({ type: 'accepted', venueOrderId: 'v-1' });
    const stopped = reports.stop();
    void reports.say({ type: 'canceled', venueOrderId: 'v-1' });
    setImmediate(gate.resolve);
    await stopped;
    expect(written).toBe(1);
  });
});
