import { partitionOf, partitionsOf } from '@ats/storage';
import { murmur2 } from '../../src/event-log/topics.ts';

describe('partitions', () => {
  it.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
    ['abc', 479470107],
  ])('hashes %j as other producers of the log do', (text, hash) => {
    expect(murmur2(Buffer.from(text))).toBe(hash);
  });

  it('are as many as the topic says, one for dead letters', () => {
    expect(partitionsOf('orders.commands')).toBe(8);
    expect(partitionsOf('orders.commands.dead')).toBe(1);
    expect(partitionOf('alerts', 'anything')).toBe(0);
  });
});
