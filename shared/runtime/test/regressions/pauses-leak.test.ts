import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Pauses } from '@ats/runtime';

const SCRIPT = fileURLToPath(new URL('./pauses-process.ts', import.meta.url));

describe('pauses until the end', () => {
  // Each was raced against one promise of the end, which kept about 300 bytes of every pause.
  it('leave nothing behind', () => {
    const said = execFileSync(process.execPath, ['--no-warnings', '--expose-gc', SCRIPT]);
    expect(Number(said)).toBeLessThan(50);
  });

  it('are cut short by it, those under way and those to come', async () => {
    const canceled: number[] = [];
    const never = { after: (ms: number) => ({ cancel: () => void canceled.push(ms) }) };
    const pauses = new Pauses(never);
    const under = pauses.for(7);
    pauses.end();
    await under;
    await pauses.for(8);
    expect(canceled).toEqual([7]);
  });
});
