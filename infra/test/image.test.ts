import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { toolPath } from '../src/catalogue.ts';
import { IMAGE, ROOT } from '../src/containers.ts';
import { describeWithTools } from '../src/with-tools.ts';

const stages = [...IMAGE.text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);

describe('the image', () => {
  it('has the very Node that npm brings everywhere else', () => {
    const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: { node: string };
    };
    expect(stages).toEqual(Array(2).fill(`node:${dependencies.node}-bookworm-slim`));
  });

  it('runs as nobody special, under an init, and hands SIGTERM to who drains', () => {
    expect(IMAGE.text).toMatch(/^USER 1000:1000$/m);
    expect(IMAGE.init).toEqual(['/usr/bin/tini', '--']);
    expect([...IMAGE.entrypoint, ...IMAGE.command]).toEqual([
      'node',
      'modules/cli/src/main.ts',
      'up',
    ]);
  });

  it('is given every file that its instructions name', () => {
    const named = [...IMAGE.text.matchAll(/[\w./-]+\/[\w.-]+\.ts\b/g)].map(([path]) => path);
    expect(named).toContain('infra/docker/healthcheck.ts');
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});

describeWithTools(['hadolint'], 'the Dockerfile', () => {
  it('is what hadolint finds nothing wrong with', () => {
    const args = ['--failure-threshold', 'style', 'infra/docker/Dockerfile'];
    const { status, stdout } = spawnSync(toolPath('hadolint'), args, {
      ...{ cwd: ROOT, encoding: 'utf8' },
    });
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  });
});

describe('the health check of containers', () => {
  const check = (...ports: number[]): Promise<number | null> =>
    new Promise((resolve) => {
      const script = join(ROOT, 'infra/docker/healthcheck.ts');
      const child = spawn(process.execPath, [script, ...ports.map(String)]);
      child.once('exit', resolve);
    });

  it('fails while any port is not ready or does not answer', async () => {
    const answers = { ready: true };
    const server = createServer((_, response) => {
      response.writeHead(answers.ready ? 200 : 503).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    expect(await check(port)).toBe(0);
    expect(await check(port, 1)).toBe(1);
    answers.ready = false;
    expect(await check(port)).toBe(1);
    await new Promise((resolve) => server.close(resolve));
  });
});
