import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { orderId } from '@ats/domain';
import { killedWriter } from '@ats/testkit';
import { Stage } from '../stage.ts';

describe('a process that is killed while it books', () => {
  it('has lost nothing and repeated nothing when it is started again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ats-oms-kill-'));
    const script = fileURLToPath(new URL('./oms-process.ts', import.meta.url));
    const lines = await killedWriter({ script, args: [folder] }, { linesMin: 400 });
    const stage = await Stage.open({ folder });
    try {
      await stage.consume();
      await stage.quiet();
      const told = (what: string) =>
        lines
          .filter((line) => line.startsWith(what))
          .map((line) => orderId(line.slice(what.length)));
      const filled = new Set(told('fill '));
      for (const id of told('order ')) {
        const { order, hold } = await stage.order(id);
        expect(order.progress.submitted).toBe(true);
        const booked = order.cumulativeQuantity.toString();
        if (filled.has(id)) expect(booked).toBe('1');
        const held = hold.parts.map(({ amount }) => amount.toNumber());
        expect(held).toEqual([booked === '1' ? 100.1 : 200.2]);
      }
      const fills = (await stage.entries()).filter(({ kind }) => kind === 'fill');
      expect(new Set(fills.map(({ entryId }) => entryId)).size).toBeGreaterThanOrEqual(filled.size);
      await stage.expectBalanced();
    } finally {
      await stage.close();
    }
  }, 90_000);
});
