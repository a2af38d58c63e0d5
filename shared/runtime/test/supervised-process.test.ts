import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigTree, loadConfig, SupervisedProcess } from '@ats/runtime';
import { silentLogger, until } from '@ats/testkit';

const DRAIN_MS = 20_000;
const RUNTIME = import.meta.resolve('@ats/runtime');

/** A service that says its process id, and drains unless its seed is 13. */
const PROGRAM = `
import { sharedConfigSchema, runService } from ${JSON.stringify(RUNTIME)};
await runService({
  module: {
    name: 'order-gateway',
    configSchema: sharedConfigSchema,
    async start({ config }) {
      process.stdout.write(process.pid + '\\n');
      return {
        readiness: () => ({ ready: true, reasons: [] }),
        drain: () => config.seed === 13 ? new Promise(() => undefined) : Promise.resolve(),
      };
    },
  },
  openPorts: () => ({ close: async () => undefined }),
  openRpc: () => ({ close: async () => undefined }),
});
`;

const folder = mkdtempSync(join(tmpdir(), 'ats-supervised-'));
const file = join(folder, 'service.ts');
writeFileSync(file, PROGRAM);

function supervise(assignments: readonly string[] = []) {
  const logger = silentLogger();
  const pids: number[] = [];
  const config: ConfigTree = loadConfig({
    folder: join(import.meta.dirname, '../../../config'),
    environment: {},
    assignments: ['admin.ports.order-gateway=0', `killSwitchFile=${folder}/kill`, ...assignments],
  }).values;
  const onLine = (line: string): void => {
    if (/^\d+$/.test(line)) pids.push(Number(line));
  };
  const own = { name: 'order-gateway', file, config, logger, onLine };
  return { service: new SupervisedProcess(own), logger, pids };
}

describe('a supervised process', () => {
  it('is told its configuration, serves, and drains when it is asked to', async () => {
    const { service, pids } = supervise();
    await service.started;
    expect(service).toMatchObject({ serves: true, restarts: 0, trouble: '' });
    expect(pids).toHaveLength(1);
    expect(await service.stop(DRAIN_MS)).toBe(true);
    expect(service).toMatchObject({ serves: false, restarts: 0 });
  });

  it('is started again when it dies, and that is said', async () => {
    const { service, logger, pids } = supervise();
    await service.started;
    process.kill(pids[0] as number, 'SIGKILL');
    await until(() => service.serves && pids.length === 2);
    expect(service.restarts).toBe(1);
    const [said] = logger.lines.filter(({ event }) => event === 'process.ended');
    expect(said?.fields).toMatchObject({ name: 'order-gateway' });
    expect(await service.stop(DRAIN_MS)).toBe(true);
  });

  it('is killed when it does not drain in time', async () => {
    const { service } = supervise(['seed=13', 'drainMs=600000']);
    await service.started;
    expect(await service.stop(300)).toBe(false);
  });

  it('says why it cannot start, when what it was given is wrong', async () => {
    const { service } = supervise(['admin.host=192.0.2.1']);
    await expect(service.started).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      context: { service: 'order-gateway' },
    });
    expect(service.trouble).toContain('admin.ports.order-gateway');
    await service.stop(0);
  });
});
