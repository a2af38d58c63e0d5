import { systemClock, systemTimers } from '@ats/runtime';
import { type ReplaySummary, replayFrames } from '../../src/index.ts';
import { describeRecordingFile } from '../support.ts';

const replay = (file: string) => replayFrames({ file, clock: systemClock, timers: systemTimers });

/** What must hold of every recording, whatever is in it. */
function expectSound(summary: ReplaySummary): void {
  const counted = Object.values(summary.messages).reduce((sum, count) => sum + count, 0);
  expect(counted).toBeGreaterThanOrEqual(summary.frames);
  expect(summary.messages.malformed).toBe(0);
  expect(summary.checksums.failed).toBe(0);
  expect(summary.sequenceGaps).toBe(0);
  for (const { bids, asks } of Object.values(summary.books)) {
    expect(bids.length).toBeLessThanOrEqual(10);
    for (const [price, size] of [...bids, ...asks]) {
      expect(price).toMatch(/^\d+(\.\d+)?$/);
      expect(size).toMatch(/^\d+(\.\d+)?$/);
    }
  }
}

describeRecordingFile('kraken-v1-2021-04-17', (file) => {
  it('verifies every checksum, over three connections', async () => {
    const summary = await replay(file);
    expectSound(summary);
    expect(summary).toMatchObject({ venue: 'kraken', frames: 4430 });
    expect(summary.checksums.verified).toBe(4269);
    expect(Object.keys(summary.books)).toHaveLength(10);
    expect(Object.keys(summary.books).join()).not.toContain('XBT');
  });
});

describeRecordingFile('bitfinex-2021-04-17', (file) => {
  it('has no gap', async () => {
    const summary = await replay(file);
    expectSound(summary);
    expect(summary.frames).toBe(1693);
    expect(Object.keys(summary.books)).toHaveLength(7);
  });
});

describeRecordingFile('coinbase-exchange-2021-04-17', (file) => {
  it('has no gap', async () => {
    const summary = await replay(file);
    expectSound(summary);
    expect(summary.frames).toBe(9946);
    expect(Object.keys(summary.books)).toHaveLength(10);
  });
});

describeRecordingFile('coinbase-advanced-2026-08-09', (file) => {
  it('has no gap', async () => {
    const summary = await replay(file);
    expectSound(summary);
    expect(summary.frames).toBe(1030);
    expect(Object.keys(summary.books).sort()).toEqual(['BTC/USD', 'ETH/USD']);
  });
});

describeRecordingFile('upbit-2021-04-17', (file) => {
  it('reads every book', async () => {
    const summary = await replay(file);
    expectSound(summary);
    expect(summary.messages).toMatchObject({ book: 145, trade: 304 });
  });
});
