import { spawn } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const RUNTIME = import.meta.resolve('@ats/runtime');

/** A service that holds a socket open and cannot start. */
const PROGRAM = `
import { createServer } from 'node:net';
import { sharedConfigSchema, runService } from ${JSON.stringify(RUNTIME)};
await runService({
  module: {
    name: 'order-gateway',
    configSchema: sharedConfigSchema,
    async start() {
      await new Promise((resolve) => createServer().listen(0, '127.0.0.1', resolve));
      throw new Error('the store cannot be reached');
    },
  },
  openPorts: () => ({ close: async () => undefined }),
  openRpc: () => ({ close: async () => undefined }),
});
`;

describe('a service that cannot start', () => {
  test('ends with what is wrong, though something it opened would keep it alive', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'ats-run-service-')), 'service.ts');
    writeFileSync(file, PROGRAM);
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
    });
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, said }).toEqual({
      code: 1,
      said: expect.stringContaining('the store cannot be reached'),
    });
  });
});
