import { spawnSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { loadConfig, parseConfig, SERVICE_NAMES, sharedConfigSchema } from '@ats/runtime';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { parse, parseAllDocuments } from 'yaml';
import type { z } from 'zod';
import { toolPath } from '../src/catalogue.ts';
import { type ComposeProject, composed, IMAGE, ROOT } from '../src/containers.ts';
import { describeWithTools } from '../src/with-tools.ts';

const CHART = 'infra/helm/ats';
const KUBERNETES = '1.37.0';
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

interface Part {
  readonly admin: number;
  readonly rpc?: { readonly key: string; readonly port: number };
  readonly calls?: readonly string[];
  readonly stores?: readonly string[];
  readonly simulated?: true;
}

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}
interface Container {
  readonly name: string;
  readonly image: string;
  readonly args: readonly string[];
  readonly env: readonly { readonly name: string; readonly value?: string }[] | null;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly startupProbe: Probe;
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: Readonly<Record<'requests' | 'limits', Readonly<Record<string, string>>>>;
  readonly securityContext: object;
  readonly volumeMounts: readonly { readonly name: string; readonly mountPath: string }[];
}
interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds: number;
  readonly securityContext: object;
  readonly containers: readonly Container[];
  readonly volumes: readonly { readonly name: string }[];
}
interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly strategy?: { readonly type: string };
    readonly template?: { readonly spec: PodSpec };
    readonly volumeClaimTemplates?: readonly { readonly metadata: { readonly name: string } }[];
    readonly ingress?: readonly object[] | null;
    readonly egress?: readonly object[] | null;
    readonly groups?: readonly object[];
    readonly metrics?: readonly object[];
  };
}

const DISTRIBUTED = { distributed: { enabled: true }, secrets: { existingSecret: 'ats' } };
/** Everything that can be turned on. */
const ALL = {
  ...DISTRIBUTED,
  image: { digest: `sha256:${'0'.repeat(64)}` },
  mode: 'paper',
  config: { engine: { minEdgeBps: 7 } },
  secrets: {
    existingSecret: 'ats',
    awsCredentialsKey: 'aws',
    settings: [{ setting: 'NOTIFICATION__CHANNELS', key: 'channels', services: ['notification'] }],
  },
  dashboard: {
    host: 'ats.example.com',
    ingress: { enabled: true, className: 'nginx', tlsSecret: 'web' },
  },
  services: {
    'risk-manager': { replicas: 2 },
    'oms-core': {
      autoscaling: {
        enabled: true,
        max: 3,
        lag: { metric: 'ats_storage_log_lag_records', target: '5000' },
      },
    },
    'ui-dashboard': { replicas: 2 },
  },
  networkPolicy: {
    clients: [{ namespaceSelector: { matchLabels: { name: 'ingress' } } }],
    monitoring: [{ namespaceSelector: { matchLabels: { name: 'monitoring' } } }],
  },
  serviceMonitor: { enabled: true },
  prometheusRule: { enabled: true, files: { ats: 'groups: [{ name: ats, rules: [] }]' } },
  imagePullSecrets: [{ name: 'registry' }],
  tolerations: [{ operator: 'Exists' }],
  nodeSelector: { 'kubernetes.io/arch': 'amd64' },
  extraEnv: [{ name: 'ATS_TRACING__ENDPOINT', value: 'http://otel:4318' }],
};

/** Kubernetes' own strict schema of each kind of resource. */
function kubernetesValidators(): (manifest: Manifest) => ValidateFunction {
  const schema = (name: string): object =>
    JSON.parse(readFileSync(join(toolPath('kubernetes-schemas'), name), 'utf8')) as object;
  const ajv = new Ajv2020({ strict: false, validateFormats: false });
  ajv.addSchema(schema('_definitions.json'));
  const validators = new Map<string, ValidateFunction>();
  return ({ apiVersion, kind }) => {
    const [version = '', group] = apiVersion.split('/').toReversed();
    const parts = [kind.toLowerCase(), group?.split('.')[0], version];
    const name = `${parts.filter((part) => part !== undefined).join('-')}.json`;
    const found = validators.get(name) ?? ajv.compile(schema(name));
    validators.set(name, found);
    return found;
  };
}

/** The names of contracts that a module's sources use so. */
function servicesIn(module: string, use: RegExp): readonly string[] {
  return globSync(`modules/${module}/src/**/*.ts`, { cwd: ROOT }).flatMap((path) =>
    [...read(path).matchAll(use)].flatMap(([, service]) => service ?? []),
  );
}

/** Who serves a contract, by its name. */
function servedBy(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const folder of globSync('modules/*', { cwd: ROOT })) {
    const module = basename(folder);
    if (module === 'backtest') continue;
    for (const service of servicesIn(module, /\.serve\(\s*([A-Z_]+_SERVICE)/g))
      found.set(service, module);
  }
  return found.set('BACKTEST_SERVICE', 'backtest');
}

describeWithTools(['helm', 'kubernetes-schemas', 'docker-compose'], 'the Helm chart', () => {
  const helm = (args: readonly string[], values: object = {}) => {
    const file = join(mkdtempSync(join(tmpdir(), 'ats-chart-')), 'values.yaml');
    writeFileSync(file, JSON.stringify(values));
    return spawnSync(
      toolPath('helm'),
      [...args, CHART, '--values', file, '--kube-version', KUBERNETES],
      { cwd: ROOT, encoding: 'utf8' },
    );
  };
  const render = (values: object): readonly Manifest[] => {
    const { status, stdout, stderr } = helm(['template', 'prod'], values);
    if (status !== 0) throw new Error(stderr);
    return parseAllDocuments(stdout)
      .map((document): Manifest | null => document.toJS() as Manifest | null)
      .filter((manifest) => manifest !== null);
  };
  const topology = parse(read(`${CHART}/topology.yaml`)) as Readonly<Record<string, Part>>;
  const rendered = { embedded: render({}), distributed: render(DISTRIBUTED), all: render(ALL) };
  const validatorOf = kubernetesValidators();
  const podsOf = (manifests: readonly Manifest[]): readonly PodSpec[] =>
    manifests.flatMap(({ spec }) => spec?.template?.spec ?? []);
  const settingsOf = (manifests: readonly Manifest[]): unknown =>
    parse(manifests.find(({ kind }) => kind === 'ConfigMap')?.data?.['ats.yaml'] ?? '');
  const cases = Object.entries(rendered).map(([name, manifests]) => ({ name, manifests }));

  it.each([{}, DISTRIBUTED, ALL])('is what helm lint finds nothing wrong with', (values) => {
    const { status, stdout } = helm(['lint', '--strict', '--quiet'], values);
    expect({ status, stdout: stdout.trim() }).toEqual({ status: 0, stdout: '' });
  });

  it.each(cases)('renders what Kubernetes takes: $name', ({ manifests }) => {
    const checked = new Set<string>();
    for (const manifest of manifests) {
      // Of others' resources there is no schema here.
      if (/cert-manager|coreos/.test(manifest.apiVersion)) continue;
      const validate = validatorOf(manifest);
      const valid = validate(manifest);
      const { errors } = validate;
      expect({ name: manifest.metadata.name, valid, errors }).toMatchObject({ valid: true });
      checked.add(manifest.kind);
    }
    expect([...checked]).toEqual(expect.arrayContaining(['ConfigMap', 'NetworkPolicy', 'Service']));
  });

  it.each(cases)('holds every pod to the restricted standard: $name', ({ manifests }) => {
    const pods = podsOf(manifests);
    expect(pods.length).toBeGreaterThan(0);
    for (const pod of pods) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: 1000,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      for (const container of pod.containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
        const { requests, limits } = container.resources;
        expect(Object.keys(requests).toSorted()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
        expect(Object.keys(limits).toSorted()).toEqual(['cpu', 'ephemeral-storage', 'memory']);
        for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const) {
          const { path, port } = container[probe].httpGet;
          expect(path).toBe(probe === 'readinessProbe' ? '/readyz' : '/healthz');
          expect(container.ports.map(({ name }) => name)).toContain(port);
        }
      }
    }
  });

  it.each(cases)('mounts what is there, and data and /tmp to write to: $name', ({ manifests }) => {
    const workloads = manifests.filter(({ spec }) => spec?.template !== undefined);
    for (const { spec } of workloads) {
      const pod = spec?.template?.spec;
      const claims = (spec?.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
      const volumes = [...(pod?.volumes ?? []).map(({ name }) => name), ...claims];
      const mounts = pod?.containers.flatMap(({ volumeMounts }) => volumeMounts) ?? [];
      expect(mounts.map(({ name }) => name).toSorted()).toEqual(volumes.toSorted());
      const paths = mounts.map(({ mountPath }) => mountPath);
      expect(paths).toEqual(expect.arrayContaining(['/opt/ats/data', '/tmp']));
    }
  });

  it('starts each service by the very command that compose starts', () => {
    const services: ComposeProject['services'] = {
      ...composed('full').services,
      ...composed('core').services,
    };
    const pods = [...podsOf(rendered.distributed), ...podsOf(rendered.embedded)];
    const containers = pods.flatMap((pod) => pod.containers);
    expect(containers.map(({ name }) => name).toSorted()).toEqual(
      ['ats', ...SERVICE_NAMES].toSorted(),
    );
    for (const { name, args } of containers)
      expect([name, args]).toEqual([name, services[name]?.command]);
  });

  it('knows each service by its admin port and where it listens', () => {
    const defaults = parse(read('config/default.yaml')) as {
      admin: { ports: Record<string, number> };
      rpc: Record<string, string>;
    };
    const admin = Object.entries(topology).map(([name, part]) => [name, part.admin]);
    expect(Object.fromEntries(admin)).toEqual(defaults.admin.ports);
    for (const { rpc } of Object.values(topology)) {
      if (rpc === undefined) continue;
      expect(defaults.rpc[`${rpc.key}Address`]).toBe(`127.0.0.1:${rpc.port}`);
    }
  });

  it('lets through the calls that the sources make, and no other', () => {
    const owners = servedBy();
    for (const [name, { calls = [], rpc }] of Object.entries(topology)) {
      // The dashboard calls by a table of its own, all of them; a backtest calls only itself.
      if (['ui-dashboard', 'backtest', 'venue-simulator'].includes(name)) continue;
      const called = new Set(
        servicesIn(name, /\.(?:client|duplex|subscribe)\(\s*([A-Z_]+_SERVICE)/g),
      );
      // The guard before every method asks who a person is.
      if (rpc !== undefined && name !== 'access') called.add('ACCESS_SERVICE');
      const callees = [...called].map((service) => owners.get(service));
      expect([name, ...calls]).toEqual([name, ...new Set(callees.toSorted())]);
    }
    const others = Object.keys(topology).filter((name) => topology[name]?.rpc !== undefined);
    expect(topology['ui-dashboard']?.calls).toEqual(others.toSorted());
  });

  it('denies what no policy allows, and opens the grpc port to callers alone', () => {
    const policies = rendered.distributed.filter(({ kind }) => kind === 'NetworkPolicy');
    const deny = policies.find(({ metadata }) => metadata.name.endsWith('default-deny'));
    expect(deny?.spec).toMatchObject({ policyTypes: ['Ingress', 'Egress'] });
    expect(deny?.spec?.ingress).toBeUndefined();
    const oms = policies.find(({ metadata }) => metadata.name === 'prod-ats-oms-core');
    const [callers, health] = [50_054, 9105].map((port) =>
      (oms?.spec?.ingress ?? [])
        .filter((rule) => JSON.stringify(rule).includes(`"port":${port}`))
        .flatMap((rule) => [...JSON.stringify(rule).matchAll(/component":"([a-z-]+)/g)])
        .map(([, name]) => name),
    );
    expect(callers).toEqual([
      ...['order-gateway', 'risk-manager', 'trading-engine', 'ui-dashboard'],
    ]);
    expect(health).toEqual(['ui-dashboard']);
    expect(policies.length).toBe(SERVICE_NAMES.length + 1);
  });

  it('runs one of whatever runs once, and lets only the others grow', () => {
    for (const { kind, metadata, spec } of rendered.distributed) {
      if (kind !== 'Deployment') continue;
      expect(spec?.replicas).toBe(1);
      const scales = /ui-dashboard/.test(metadata.name);
      expect(spec?.strategy?.type).toBe(scales ? 'RollingUpdate' : 'Recreate');
    }
    const hpa = rendered.all.find(({ kind }) => kind === 'HorizontalPodAutoscaler');
    expect(hpa?.spec?.metrics).toHaveLength(2);
    const wrong = helm(['template', 'prod'], {
      ...DISTRIBUTED,
      services: { 'audit-exporter': { replicas: 2 } },
    });
    expect(wrong.stderr).toContain('services.audit-exporter: one runs at a time');
  });

  it('finds each of several that share their work, by names that stay', () => {
    expect(settingsOf(rendered.all)).toMatchObject({
      rpc: {
        riskAddress: [0, 1]
          .map((n) => `prod-ats-risk-manager-${n}.prod-ats-risk-manager:50051`)
          .join(),
        ledgerAddress: [0, 1, 2]
          .map((n) => `prod-ats-oms-core-${n}.prod-ats-oms-core:50054`)
          .join(),
        venueAddress: 'prod-ats-venue-gateway:50055',
      },
    });
    const sharing = podsOf(rendered.all).flatMap(({ containers }) =>
      containers.filter(({ env }) => env?.some(({ name }) => name === 'ATS_SHARING__INSTANCE')),
    );
    expect(sharing.map(({ name }) => name).toSorted()).toEqual(['oms-core', 'risk-manager']);
  });

  it('asks for the Secret that the distributed profile needs', () => {
    const { status, stderr } = helm(['template', 'prod'], { distributed: { enabled: true } });
    expect(status).not.toBe(0);
    expect(stderr).toContain('secrets.existingSecret');
  });

  it('refuses values that it does not know', () => {
    const { stderr } = helm(['template', 'prod'], { imgae: { tag: '1' } });
    expect(stderr).toContain('imgae');
    expect(helm(['template', 'prod'], { mode: 'dry' }).stderr).toContain('mode');
  });

  const served = cases
    .filter(({ name }) => name !== 'embedded')
    .flatMap(({ name, manifests }) =>
      podsOf(manifests).flatMap(({ containers }) =>
        containers.map((container) => ({ name, service: container.name, container })),
      ),
    )
    .filter(({ service }) => service !== 'venue-simulator');

  it.each(served)('gives $service settings that it takes: $name', async ({ name, ...one }) => {
    const folder = mkdtempSync(join(tmpdir(), 'ats-settings-'));
    const file = join(folder, 'ats.yaml');
    const settings = rendered[name as keyof typeof rendered].find(
      ({ kind }) => kind === 'ConfigMap',
    );
    writeFileSync(file, settings?.data?.['ats.yaml'] ?? '');
    const secrets = {
      'approval-key': 'a'.repeat(48),
      'master-key': 'b'.repeat(48),
      channels: '{}',
    };
    for (const [key, text] of Object.entries({ ...secrets, 'tick-store-url': 'memory:' })) {
      writeFileSync(join(folder, key), text);
    }
    const own = (one.container.env ?? []).map(({ name: key, value = 'of-the-pod' }) => [
      key,
      value.replace('/run/secrets/ats', folder),
    ]);
    const environment = { ...IMAGE.environment, ...Object.fromEntries(own) };
    const module: unknown = await import(join(ROOT, 'modules', one.service, 'src/service.ts'));
    const schemas = Object.values(module as Record<string, { configSchema?: z.ZodType }>).flatMap(
      ({ configSchema }) => configSchema ?? [],
    );
    const loaded = loadConfig({ folder: join(ROOT, 'config'), file, environment, assignments: [] });
    expect(schemas).toHaveLength(1);
    for (const schema of [...schemas, sharedConfigSchema]) parseConfig(loaded, schema);
  });

  it('lets settings of its user win', () => {
    expect(settingsOf(rendered.all)).toMatchObject({ mode: 'paper', engine: { minEdgeBps: 7 } });
    expect(settingsOf(rendered.all)).not.toHaveProperty('venues');
  });
});
