import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROTO_ROOT } from '@ats/contracts';
import protobuf from 'protobufjs';

/** One package of the contracts: a folder of `proto/`, and a page of the reference. */
export interface ContractPackage {
  /** Such as `ats.risk.v1`. */
  readonly name: string;
  /** The page's name, such as `risk.md`. */
  readonly page: string;
  /** Relative to the project. */
  readonly source: string;
  /** What its file begins with. */
  readonly purpose: string;
  readonly services: readonly protobuf.Service[];
  readonly messages: readonly protobuf.Type[];
  readonly enums: readonly protobuf.Enum[];
}

/** The packages of `proto/ats` by name, with their comments. Reads the folder. */
export function contractPackages(): readonly ContractPackage[] {
  const root = new protobuf.Root();
  root.resolvePath = (_origin, target) => join(PROTO_ROOT, target);
  const files = globSync('ats/*/*/*.proto', { cwd: PROTO_ROOT }).sort();
  root.loadSync(files, { alternateCommentMode: true, keepCase: true }).resolveAll();
  return files.map((file) => packageOf(root, file));
}

function packageOf(root: protobuf.Root, file: string): ContractPackage {
  const [, area = '', version = ''] = file.split('/');
  const name = `ats.${area}.${version}`;
  const { nestedArray } = root.lookup(name) as protobuf.Namespace;
  const head = readFileSync(join(PROTO_ROOT, file), 'utf8').match(/^(\/\/ .*\n)+/)?.[0] ?? '';
  return {
    name,
    page: `${area}.md`,
    source: `proto/${file}`,
    purpose: head.replaceAll(/^\/\/ /gm, '').trim(),
    services: nestedArray.filter((one) => one instanceof protobuf.Service),
    messages: nestedArray.filter((one) => one instanceof protobuf.Type),
    enums: nestedArray.filter((one) => one instanceof protobuf.Enum),
  };
}
