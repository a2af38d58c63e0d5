import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { seededRandom } from '@ats/runtime';
import type { RecordedFrame } from '../src/domain/recording.ts';
import { fuzzDialect } from '../src/fuzz/fuzz-dialect.ts';
import { type FeedDialect, nativeDialects, readFrames } from '../src/index.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const COUNT = 2000;

async function framesOf(name: string): Promise<readonly RecordedFrame[]> {
  const frames: RecordedFrame[] = [];
  for await (const batch of readFrames(join(FIXTURES, name))) frames.push(...batch);
  return frames;
}

const random = () => seededRandom(7).stream('fuzz');

describe('every native dialect under changed frames', () => {
  const names = readdirSync(FIXTURES);

  it('has a recording to change', () => {
    const recorded = names.map((name) => name.replace(/^simulated-|\.jsonl\.gz$/g, '')).sort();
    expect(recorded).toEqual(nativeDialects.all.map(({ name }) => name).sort());
  });

  it.each(names)('%s: throws nothing, corrupts nothing, comes back', async (name) => {
    const frames = await framesOf(name);
    const dialect = nativeDialects.forFrames(frames[0]?.v ?? '', frames[0]?.u) as FeedDialect;
    const report = fuzzDialect({ dialect, frames, count: COUNT, random: random() });
    expect(report.failures).toEqual([]);
    expect(report.mutated).toBe(COUNT);
    expect(report.malformed).toBeGreaterThan(COUNT / 10);
    expect(report.recoveries).toBeGreaterThan(0);
  });
});

describe('the fuzzer itself', () => {
  const broken = async (change: (dialect: FeedDialect) => Partial<FeedDialect>) => {
    const frames = await framesOf('simulated-binance.jsonl.gz');
    const dialect = nativeDialects.forFeed('binance', '') as FeedDialect;
    const changed = { ...dialect, ...change(dialect) };
    return fuzzDialect({ dialect: changed, frames, count: 500, random: random() }).failures;
  };

  it('finds a session that throws', async () => {
    const failures = await broken((dialect) => ({
      open(options) {
        const session = dialect.open(options);
        const onText = session.onText.bind(session);
        session.onText = (text, atUs) => {
          JSON.parse(text);
          onText(text, atUs);
        };
        return session;
      },
    }));
    expect(failures.some(({ problem }) => problem.startsWith('thrown'))).toBe(true);
  });

  it('finds a book that is changed without a word', async () => {
    const failures = await broken((dialect) => ({
      open(options) {
        const session = dialect.open(options);
        const onText = session.onText.bind(session);
        session.onText = (text, atUs) => {
          onText(text, atUs);
          if (!text.endsWith('}}')) options.sink.market('BTCUSDT')?.book.bids.set(1, 1);
        };
        return session;
      },
    }));
    expect(failures.some(({ problem }) => problem.endsWith('without a word'))).toBe(true);
  });

  it('finds a frame that is passed over', async () => {
    const failures = await broken((dialect) => ({
      open(options) {
        const session = dialect.open(options);
        const onText = session.onText.bind(session);
        session.onText = (text, atUs) => {
          if (text.length > 50) onText(text, atUs);
        };
        return session;
      },
    }));
    expect(failures.some(({ problem }) => problem.endsWith('passed over'))).toBe(true);
  });
});
