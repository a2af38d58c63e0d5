import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { manualTimers, memoryMetrics, silentLogger } from '@ats/testkit';
import { readFrames } from '../../src/adapters/frame-file.ts';
import { openGzipRecorder } from '../../src/adapters/frame-recorder.ts';

async function setUp(queueCharsMax?: number) {
  const file = join(await mkdtemp(join(tmpdir(), 'ats-recorder-')), 'deep', 'frames.jsonl.gz');
  const timers = manualTimers();
  const metrics = memoryMetrics();
  const logger = silentLogger();
  const options = { file, timers, metrics, logger };
  const recorder = await openGzipRecorder(
    queueCharsMax === undefined ? options : { ...options, queueCharsMax },
  );
  return { file, recorder, metrics, options };
}

async function framesIn(file: string) {
  const frames = [];
  for await (const batch of readFrames(file)) frames.push(...batch);
  return frames;
}

describe('a frame recorder', () => {
  it('writes frames of several connections exactly as they were', async () => {
    const { file, recorder } = await setUp();
    const first = recorder.connection('kraken');
    const second = recorder.connection('upbit');
    const odd = '{"a":"\u0000 \ud800 \\" \n é 한"}';
    first.opened('wss://a.b/c', 1_700_000_000_000_001);
    second.sent('PING', 1_700_000_000_000_002);
    first.received(odd, 1_700_000_000_000_003);
    second.answered('https://x.y/z?q=1', '[]', 1_700_000_000_000_004);
    await recorder.close();
    expect(await framesIn(file)).toEqual([
      { t: '1700000000000001000', v: 'kraken', c: 0, k: 'open', u: 'wss://a.b/c' },
      { t: '1700000000000002000', v: 'upbit', c: 1, k: 'out', m: 'PING' },
      { t: '1700000000000003000', v: 'kraken', c: 0, k: 'in', m: odd },
      { t: '1700000000000004000', v: 'upbit', c: 1, k: 'rest', u: 'https://x.y/z?q=1', m: '[]' },
    ]);
  });

  it('refuses to write over a file that exists', async () => {
    const { recorder, options } = await setUp();
    await recorder.close();
    await expect(openGzipRecorder(options)).rejects.toMatchObject({
      code: 'TAPE_UNREADABLE',
      context: { field: 'collector.record', value: options.file },
    });
  });

  it('ends a recording that the disk cannot follow, whole up to there', async () => {
    const { file, recorder, metrics } = await setUp(500);
    const tap = recorder.connection('kraken');
    for (let index = 0; index < 20; index += 1) tap.received('x'.repeat(50), index);
    await recorder.close();
    const frames = await framesIn(file);
    expect(frames.length).toBeLessThan(20);
    expect(frames.map(({ t }) => t)).toEqual(frames.map((_, index) => `${index}000`));
    expect(metrics.value('ats_collector_recordings_failed_total')).toBe(1);
  });
});
