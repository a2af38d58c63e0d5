import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { toolPath } from './catalogue.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
const DOCKERFILE = readFileSync(join(ROOT, 'infra/docker/Dockerfile'), 'utf8');

interface Mount {
  readonly type: string;
  readonly source: string;
  readonly target: string;
}

/** A service as Docker Compose has read it: merged, interpolated, in its long form. */
export interface ComposeService {
  readonly image: string;
  readonly command: readonly string[] | null;
  readonly entrypoint: readonly string[] | null;
  readonly environment?: Readonly<Record<string, string>>;
  readonly restart?: string;
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly stop_grace_period?: string;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly networks: Readonly<Record<string, { readonly aliases?: readonly string[] } | null>>;
  readonly volumes?: readonly Mount[];
  readonly configs?: readonly { readonly source: string; readonly target: string }[];
  readonly secrets?: readonly { readonly source: string; readonly target?: string }[];
  readonly ports?: readonly { readonly host_ip?: string; readonly published: string }[];
  readonly deploy?: {
    readonly resources: {
      readonly limits: {
        readonly cpus?: number;
        readonly memory?: string;
        readonly pids?: number;
      };
    };
  };
}

export interface ComposeProject {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly secrets?: Readonly<Record<string, { readonly file: string }>>;
  readonly configs?: Readonly<Record<string, { readonly file: string }>>;
  readonly networks: Readonly<Record<string, { readonly internal?: boolean }>>;
}

/** docker-compose.yml as Docker Compose reads it. @param profile none: what .env says */
export function composed(profile?: string): ComposeProject {
  const { COMPOSE_PROFILES: _, ...env } = process.env;
  const args = [...(profile === undefined ? [] : ['--profile', profile]), 'config'];
  const json = execFileSync(toolPath('docker-compose'), [...args, '--format', 'json'], {
    ...{ cwd: ROOT, env, encoding: 'utf8' },
  });
  return JSON.parse(json) as ComposeProject;
}

/** The list that an instruction of the Dockerfile's last stage gives in its exec form. */
function execForm(instruction: string): readonly string[] {
  const found = DOCKERFILE.match(new RegExp(`^${instruction} (\\[.*\\])$`, 'm'))?.[1];
  if (found === undefined) throw new Error(`the Dockerfile has no ${instruction} in exec form`);
  return JSON.parse(found) as string[];
}

/** What the image starts and with which variables, unless it is told otherwise. */
export const IMAGE = {
  text: DOCKERFILE,
  /** Without tini, which only hands signals on. */
  entrypoint: execForm('ENTRYPOINT').slice(2),
  init: execForm('ENTRYPOINT').slice(0, 2),
  command: execForm('CMD'),
  /** The program of its own health check, which takes ports. */
  healthcheck: 'infra/docker/healthcheck.ts',
  environment: Object.fromEntries(
    [...DOCKERFILE.matchAll(/^ENV (.*)$/gm)].flatMap(([, line = '']) =>
      line.split(' ').map((pair) => pair.split('=') as [string, string]),
    ),
  ),
};

/** A service of ours runs this image, and not somebody else's. */
export const isOurs = ({ image }: Pick<ComposeService, 'image'>): boolean => image === 'ats';
