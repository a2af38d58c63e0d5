import { type ChildProcess, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ComposeProject, type ComposeService, IMAGE } from '@ats/infra';
import { freePort, selfSigned, until } from '@ats/testkit';

const RESTART_MS = 500;
const OUTPUT_CHARACTERS_MAX = 4000;
export interface ContainersOptions {
  /** /opt/ats, laid out. */
  readonly image: string;
  readonly project: ComposeProject;
  /** What containers call something by, and what is called so here: `redis:6379`. */
  readonly addresses: ReadonlyMap<string, string>;
  /** By name; what `infra/docker/secrets` holds. */
  readonly secrets: Readonly<Record<string, string>>;
}

/**
 * Runs the commands of docker-compose.yml as they are written there, without Docker: the image's
 * entrypoint and variables, each container's own, a folder laid out as the image is. Only what is
 * an address or a path of a container is replaced by what it is here.
 */
export class Containers {
  private readonly folder = mkdtempSync(join(tmpdir(), 'ats-containers-'));
  private readonly children = new Map<string, ChildProcess>();
  private readonly output = new Map<string, string>();
  private readonly options: ContainersOptions;

  constructor(options: ContainersOptions) {
    this.options = options;
    for (const name of ['secrets', 'keys', 'tls', 'configs']) mkdirSync(join(this.folder, name));
    for (const [name, text] of Object.entries(options.secrets)) {
      writeFileSync(join(this.folder, 'secrets', name), text);
    }
    const { certificate, key } = selfSigned();
    writeFileSync(join(this.folder, 'tls', 'certificate.pem'), certificate);
    writeFileSync(join(this.folder, 'tls', 'key.pem'), key);
    writeFileSync(
      join(this.folder, 'tls', 'alertmanager-token'),
      'token-of-this-test-run-of-some-length',
    );
  }

  /** Starts a container, and again whenever it ends by itself, as compose does. */
  start(name: string, extra: Readonly<Record<string, string>>): void {
    const service = this.service(name);
    const root = this.layOut(name);
    const [program = '', ...args] = [...IMAGE.entrypoint, ...(service.command ?? IMAGE.command)];
    if (program !== 'node') throw new Error(`the image starts ${program}`);
    const environment = { ...IMAGE.environment, ...service.environment };
    const here = Object.entries(environment).map(([key, value]) => [key, this.local(value)]);
    const child = spawn(
      process.execPath,
      args.map((each) => this.local(each)),
      {
        cwd: root,
        env: { PATH: process.env['PATH'], ...Object.fromEntries(here), ...extra },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    );
    this.children.set(name, child);
    const keep = (chunk: Buffer): void => {
      const all = `${this.output.get(name) ?? ''}${chunk}`;
      this.output.set(name, all.slice(-OUTPUT_CHARACTERS_MAX));
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('exit', () => {
      setTimeout(() => {
        if (this.children.get(name) === child) this.start(name, extra);
      }, RESTART_MS);
    });
  }

  /** Runs the container's own health check until it passes. @param ports its port, here */
  async healthy(name: string, ports: readonly string[], timeoutMs: number): Promise<void> {
    const { healthcheck } = this.service(name);
    const [, program, script = ''] = healthcheck?.test ?? ['CMD', 'node', IMAGE.healthcheck];
    if (program !== 'node') throw new Error(`${name} is asked by ${program}`);
    const ask = (): Promise<boolean> =>
      new Promise((resolve) => {
        const cwd = this.options.image;
        const child = spawn(process.execPath, [script, ...ports], { cwd, stdio: 'ignore' });
        child.once('exit', (code) => resolve(code === 0));
      });
    await until(ask, { timeoutMs, periodMs: 250 }).catch((cause: unknown) => {
      throw new Error(`${name} is not healthy: ${this.output.get(name)}`, { cause });
    });
  }

  /** SIGTERM to one, as `docker stop` does. @returns its exit code */
  stop(name: string): Promise<number | null> {
    const child = this.children.get(name);
    this.children.delete(name);
    return new Promise((resolve) => {
      if (child === undefined || child.exitCode !== null) return resolve(child?.exitCode ?? null);
      child.once('exit', resolve);
      child.kill('SIGTERM');
    });
  }

  kill(): void {
    const all = [...this.children.values()];
    this.children.clear();
    for (const child of all) child.kill('SIGKILL');
  }

  private service(name: string): ComposeService {
    const service = this.options.project.services[name];
    if (service === undefined) throw new Error(`compose has no ${name}`);
    return service;
  }

  /** /opt/ats of one container: its programs, its own data, what it shares. */
  private layOut(name: string): string {
    const root = join(this.folder, name);
    mkdirSync(join(root, 'data'), { recursive: true });
    if (this.children.has(name)) return root;
    const { image } = this.options;
    for (const each of readdirSync(image)) symlinkSync(join(image, each), join(root, each));
    const targets = (this.service(name).volumes ?? []).map(({ target }) => target);
    for (const each of ['keys', 'tls']) {
      const mounted = targets.includes(`/opt/ats/${each}`);
      if (mounted) symlinkSync(join(this.folder, each), join(root, each));
    }
    for (const { source, target } of this.service(name).configs ?? []) {
      const path = this.options.project.configs?.[source]?.file ?? '';
      writeFileSync(this.local(target), this.local(readFileSync(path, 'utf8')));
    }
    return root;
  }

  private local(text: string): string {
    let result = text
      .replaceAll('/run/secrets/', `${this.folder}/secrets/`)
      .replaceAll('/etc/ats/', `${this.folder}/configs/`)
      .replaceAll('/opt/ats/tls/', `${this.folder}/tls/`);
    for (const [there, here] of this.options.addresses) result = result.replaceAll(there, here);
    return result;
  }
}

/** A free port for each name. */
export async function freePorts(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const entries: [string, string][] = [];
  for (const name of names) entries.push([name, String(await freePort())]);
  return new Map(entries);
}
