import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import protobuf from 'protobufjs';

/** The folder that imports between the contracts are relative to. */
export const PROTO_ROOT = fileURLToPath(new URL('../../../proto', import.meta.url));

/** The contracts' files, relative to `PROTO_ROOT`. Reads the folder. */
export function protoFiles(): readonly string[] {
  return readdirSync(PROTO_ROOT, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.proto'))
    .map((name) => name.replaceAll('\\', '/'))
    .sort();
}

let loaded: protobuf.Root | undefined;

/** The contracts as protobufjs reflects them; parsed once, at the first call. */
export function contractsRoot(): protobuf.Root {
  if (loaded === undefined) {
    const root = new protobuf.Root();
    root.resolvePath = (_origin, target) => join(PROTO_ROOT, target);
    root.loadSync([...protoFiles()]).resolveAll();
    loaded = root;
  }
  return loaded;
}
