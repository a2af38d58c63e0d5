import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { seededRandom } from '@ats/runtime';
import { nativeDialects } from '../adapters/dialects/index.ts';
import { readFrames } from '../adapters/frame-file.ts';
import type { RecordedFrame } from '../domain/recording.ts';
import { fuzzDialect } from './fuzz-dialect.ts';

const FIXTURES = join(import.meta.dirname, '../../test/fixtures');
const HELP = `Feeds changed frames to every native adapter and checks what becomes of the books.

  npm run fuzz -- [--count N] [--seed N] [--dialect NAME] [--frames FILE]...

  --count N       changed frames per adapter (100000)
  --seed N        the same seed gives the same frames (1)
  --dialect NAME  this adapter only
  --frames FILE   a recording to change; may be repeated (the simulator's, kept with the tests)

Exit code 0: no failure; 1: failures, each printed as one line of JSON; 2: bad arguments.
`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '100000' },
      seed: { type: 'string', default: '1' },
      dialect: { type: 'string' },
      frames: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const count = Number(values.count);
  const seed = Number(values.seed);
  if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(seed)) {
    process.stderr.write('--count and --seed must be whole numbers, --count at least 1\n');
    return 2;
  }
  const files =
    values.frames.length > 0
      ? values.frames
      : readdirSync(FIXTURES).map((name) => join(FIXTURES, name));
  let failed = 0;
  for (const file of files) {
    const frames: RecordedFrame[] = [];
    for await (const batch of readFrames(file)) frames.push(...batch);
    const dialect = nativeDialects.forFrames(frames[0]?.v ?? '', frames[0]?.u);
    if (dialect === undefined || (values.dialect ?? dialect.name) !== dialect.name) continue;
    const random = seededRandom(seed).stream(`fuzz.${dialect.name}`);
    const { failures, ...report } = fuzzDialect({ dialect, frames, count, random });
    const line = { dialect: dialect.name, file: basename(file), seed, ...report };
    process.stdout.write(`${JSON.stringify({ ...line, failures: failures.length })}\n`);
    for (const failure of failures) process.stdout.write(`${JSON.stringify(failure)}\n`);
    failed += failures.length;
  }
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main();
