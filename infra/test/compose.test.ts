import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVICE_NAMES } from '@ats/runtime';
import { parse } from 'yaml';
import { type ComposeProject, composed, isOurs, ROOT } from '../src/containers.ts';
import { describeWithTools } from '../src/with-tools.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const defaults = parse(read('config/default.yaml')) as {
  readonly drainMs: number;
  readonly admin: { readonly ports: Readonly<Record<string, number>> };
};

/** Images that carry nothing to ask with: they are waited for by being started. */
const UNASKED = ['dynamodb', 'otel-collector', 'jaeger'];
/** The image's own start scripts write beside its programs. */
const WRITABLE = ['kafka'];

describeWithTools(['docker-compose'], 'docker-compose.yml', () => {
  const projects: Readonly<Record<string, ComposeProject>> = {
    core: composed('core'),
    full: composed('full'),
  };
  const full = projects['full'] as ComposeProject;
  const core = projects['core'] as ComposeProject;
  const everything = Object.entries(projects).flatMap(([profile, project]) =>
    Object.entries(project.services).map(([name, service]) => ({ profile, name, service })),
  );

  it('is "core" where nobody says otherwise: one process of ours and what watches it', () => {
    expect(Object.keys(composed().services)).toEqual(Object.keys(core.services));
    const ours = Object.entries(core.services).filter(([, service]) => isOurs(service));
    expect(ours.map(([name]) => name)).toEqual(['ats']);
    expect(core.secrets).toBeUndefined();
  });

  it('has in "full" a container for each service', () => {
    const ours = Object.entries(full.services).filter(([, service]) => isOurs(service));
    expect(ours.map(([name]) => name).toSorted()).toEqual([...SERVICE_NAMES].toSorted());
  });

  it.each(everything)('holds $name of $profile to its limits', ({ name, service }) => {
    const { cap_drop, security_opt, restart, deploy, read_only } = service;
    const { cpus, memory, pids } = deploy?.resources.limits ?? {};
    expect({ cap_drop, security_opt }).toEqual({
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(restart).toMatch(/^(unless-stopped|on-failure)$/);
    expect([cpus, memory, pids].every((limit) => Number(limit) > 0)).toBe(true);
    expect(read_only ?? false).toBe(!WRITABLE.includes(name));
    expect(service.image).toMatch(/^ats$|:v?\d+\.\d+\.\d+(-[a-z]+)?$|:RELEASE\.[\dTZ-]+$/);
  });

  it.each(everything)('waits in $profile for what $name needs', ({ profile, service }) => {
    for (const [needed, { condition }] of Object.entries(service.depends_on ?? {})) {
      const other = projects[profile]?.services[needed];
      expect(other).toBeDefined();
      // Compose itself takes a wait for the health of what has no check, and waits for ever.
      if (condition === 'service_healthy') expect(other?.healthcheck?.test).toBeDefined();
      if (condition === 'service_completed_successfully') expect(other?.restart).toBe('on-failure');
    }
  });

  it('asks everything that stays whether it is well', () => {
    const unasked = everything.filter(
      ({ service }) => service.restart !== 'on-failure' && service.healthcheck === undefined,
    );
    // That of "ats" is the image's.
    expect(new Set(unasked.map(({ name }) => name))).toEqual(new Set([...UNASKED, 'ats']));
  });

  it.each(Object.entries(projects))('publishes on loopback alone, no port twice: %s', (_, each) => {
    const ports = Object.values(each.services).flatMap(({ ports = [] }) => ports);
    expect(ports.filter(({ host_ip }) => host_ip !== '127.0.0.1')).toEqual([]);
    const numbers = ports.map(({ published }) => published);
    expect(numbers).toEqual([...new Set(numbers)]);
    expect(numbers).toEqual(expect.arrayContaining(['8080', '8090', '3000']));
    // A port of a container that is on no open network leads nowhere.
    const shut = Object.values(each.services).filter(
      ({ ports = [], networks }) => ports.length > 0 && !Object.hasOwn(networks, 'edge'),
    );
    expect(shut).toEqual([]);
    expect(each.networks['inside']?.internal).toBe(true);
  });

  it('mounts only files that the repository has', () => {
    const mounts = everything.flatMap(({ service }) =>
      (service.volumes ?? []).filter(({ type }) => type === 'bind').map(({ source }) => source),
    );
    const configs = Object.values(full.configs ?? {}).map(({ file }) => file);
    expect([...mounts, ...configs].filter((path) => !existsSync(path))).toEqual([]);
  });

  it('gets every secret from a file that make-secrets.sh makes, once', () => {
    const folder = join(mkdtempSync(join(tmpdir(), 'ats-secrets-')), 'secrets');
    const make = (): void => {
      execFileSync('sh', [join(ROOT, 'infra/docker/make-secrets.sh'), folder]);
    };
    const contents = () => readdirSync(folder).map((name) => readFileSync(join(folder, name)));
    make();
    expect(readdirSync(folder).toSorted()).toEqual(Object.keys(full.secrets ?? {}).toSorted());
    const first = contents();
    make();
    expect(contents()).toEqual(first);
  });

  it('gives a service longer to stop than it takes to drain', () => {
    const ours = everything.filter(({ service }) => isOurs(service));
    for (const { service } of ours) {
      expect(Number.parseFloat(service.stop_grace_period ?? '')).toBeGreaterThan(
        (defaults.drainMs / 1000) * 1.5,
      );
    }
  });

  it('asks each service at its own admin port, and so does Prometheus in both profiles', () => {
    const asked = SERVICE_NAMES.map((name) => full.services[name]?.healthcheck?.test.at(-1));
    const ports = SERVICE_NAMES.map((name) => defaults.admin.ports[name]);
    expect(asked).toEqual(ports.map(String));
    const { scrape_configs: jobs } = parse(read('infra/prometheus/prometheus.compose.yml')) as {
      scrape_configs: { static_configs: { targets: string[]; labels: { process: string } }[] }[];
    };
    const targets = jobs.flatMap(({ static_configs }) => static_configs);
    const scraped = SERVICE_NAMES.map((name) => ({
      targets: [`${name}:${defaults.admin.ports[name]}`],
      labels: { process: name },
    }));
    expect(targets).toEqual(expect.arrayContaining(scraped));
    expect(targets).toHaveLength(scraped.length);
    const { aliases } = core.services['ats']?.networks['inside'] ?? {};
    expect(aliases?.toSorted()).toEqual([...SERVICE_NAMES].toSorted());
  });

  it('finds each service where it listens', () => {
    const { rpc } = parse(read('infra/docker/full.yaml')) as { rpc: Record<string, string> };
    for (const [key, address] of Object.entries(rpc)) {
      const [name = '', port] = address.split(':');
      const variable = `ATS_RPC__${key.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;
      expect(full.services[name]?.environment).toMatchObject({ [variable]: `0.0.0.0:${port}` });
    }
  });
});
