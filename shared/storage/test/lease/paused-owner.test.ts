import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { describeWithEngine, startDynamoDb, until } from '@ats/testkit';

const TERM_MS = 1500;
const PROGRAM = fileURLToPath(new URL('./owner-process.ts', import.meta.url));
const SLOW = { timeoutMs: 60_000 };

function instance(url: string, name: string): { child: ChildProcess; said: string[] } {
  const args = ['--disable-warning=ExperimentalWarning', PROGRAM, url, name, String(TERM_MS)];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const said: string[] = [];
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    said.push(line);
  });
  return { child, said };
}

describeWithEngine('dynamodb', 'an owner that stood still for longer than its term', () => {
  it('sends nothing and writes nothing once it goes on, for another has its work', async () => {
    const server = await startDynamoDb();
    const owner = instance(server.url, 'owner');
    const children = [owner.child];
    try {
      await until(() => owner.said.includes('writes') && owner.said.includes('sends'), SLOW);
      const other = instance(server.url, 'other');
      children.push(other.child);
      owner.child.kill('SIGSTOP');
      await until(() => other.said.includes('writes') && other.said.includes('sends'), SLOW);
      expect(other.said[0]).toBe('gained 2');
      const before = owner.said.length;
      owner.child.kill('SIGCONT');
      await until(() => owner.said.includes('lost'), SLOW);
      const after = owner.said.slice(before);
      // A transaction that was answered while it stood still is told now: it was in time.
      const late = after[0] === 'writes' ? after.slice(1) : after;
      expect(late.filter((one) => one === 'sends' || one === 'writes')).toEqual([]);
      await until(() => owner.said.includes('stopped LEASE_LOST'), SLOW);
      expect(other.said).not.toContain('lost');
    } finally {
      for (const child of children) child.kill('SIGKILL');
      await server.close();
    }
  }, 180_000);
});
