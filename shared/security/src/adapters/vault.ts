import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { AtsError } from '@ats/domain';
import type { Entropy } from '../entropy.ts';
import { type MasterKey, masterKeyIdOf, seal, unseal } from '../vault/envelope.ts';
import { writeFileAtomically } from './atomic-file.ts';

const SUFFIX = '.sealed';

export interface VaultOptions {
  readonly folder: string;
  /** The first seals; the others open what they sealed before. */
  readonly keys: readonly [MasterKey, ...MasterKey[]];
  readonly entropy: Entropy;
}

/**
 * Documents at rest: one file each, AES-256-GCM under a data key of its own, which a master key
 * wraps. One process owns a vault. Nothing tells an older file of the same name from the newest.
 */
export class Vault {
  private readonly folder: string;
  private readonly entropy: Entropy;
  private keys: VaultOptions['keys'];

  constructor({ folder, keys, entropy }: VaultOptions) {
    this.folder = folder;
    this.keys = keys;
    this.entropy = entropy;
  }

  /** The id of the key that seals. */
  get keyId(): string {
    return this.keys[0].id;
  }

  /** @returns undefined when there is no such document. @throws VAULT_TAMPERED, VAULT_LOCKED */
  async read(name: string): Promise<Buffer | undefined> {
    const path = this.pathOf(name);
    let sealed: Buffer;
    try {
      sealed = await readFile(path);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw cause;
    }
    const id = masterKeyIdOf(sealed);
    if (id === undefined) throw tampered(path);
    const key = this.keys.find((one) => one.id === id);
    if (key === undefined) throw locked(path, id);
    const contents = unseal({ name, sealed }, key);
    if (contents === undefined) throw tampered(path);
    return contents;
  }

  /** Resolves when the document is on the disk. */
  async write(name: string, contents: Uint8Array): Promise<void> {
    const sealed = seal({ name, contents }, this.keys[0], this.entropy);
    await writeFileAtomically(this.pathOf(name), sealed);
  }

  async remove(name: string): Promise<void> {
    await rm(this.pathOf(name), { force: true });
  }

  /** Seals every document anew, by `keys` from now on. @returns how many there are */
  async rotate(keys: VaultOptions['keys'] = this.keys): Promise<number> {
    this.keys = keys;
    const names = await this.names();
    for (const name of names) {
      const contents = await this.read(name);
      if (contents !== undefined) await this.write(name, contents);
    }
    return names.length;
  }

  private async names(): Promise<readonly string[]> {
    const files = await readdir(this.folder).catch(() => []);
    return files
      .filter((name) => name.endsWith(SUFFIX))
      .map((name) => name.slice(0, -SUFFIX.length));
  }

  private pathOf(name: string): string {
    return join(this.folder, `${name}${SUFFIX}`);
  }
}

function tampered(path: string): AtsError {
  return new AtsError({
    code: 'VAULT_TAMPERED',
    message: `${path} was changed since it was sealed, or is damaged`,
    remedy: 'Find out who wrote to it; put back the copy of your last backup.',
    context: { field: 'security.folder', value: path },
  });
}

function locked(path: string, id: string): AtsError {
  return new AtsError({
    code: 'VAULT_LOCKED',
    message: `${path} is sealed by master key ${id}, which is not the one configured`,
    remedy:
      'Give the master key or passphrase that sealed it; access.previousKey takes an old one.',
    context: { field: 'access.masterKey', value: id },
  });
}
