import { AtsError } from '@ats/domain';
import type { Vault } from '@ats/security';
import type { z } from 'zod';

/**
 * One document of the vault, in memory and on the disk. Changes are made one after the other; a
 * change is seen once it is on the disk.
 */
export class Document<Contents> {
  private readonly vault: Vault;
  private readonly name: string;
  private value: Contents;
  private last: Promise<unknown> = Promise.resolve();

  private constructor(vault: Vault, name: string, value: Contents) {
    this.vault = vault;
    this.name = name;
    this.value = value;
  }

  /** @throws VAULT_TAMPERED, VAULT_LOCKED */
  static async open<Contents>(
    vault: Vault,
    name: string,
    as: { readonly schema: z.ZodType<Contents>; readonly empty: Contents },
  ): Promise<Document<Contents>> {
    const bytes = await vault.read(name);
    if (bytes === undefined) return new Document(vault, name, as.empty);
    const parsed = as.schema.safeParse(JSON.parse(bytes.toString('utf8')));
    if (parsed.success) return new Document(vault, name, parsed.data);
    throw new AtsError({
      code: 'VAULT_TAMPERED',
      message: `the vault's document ${name} is not of this version's form`,
      remedy: 'Start the version that wrote it, or put back a backup.',
      context: { field: 'security.folder', value: name },
      cause: parsed.error,
    });
  }

  get(): Contents {
    return this.value;
  }

  /** @param make may throw: nothing has changed then. @returns what `make` returns beside it */
  change<Result>(
    make: (before: Contents) => { readonly next: Contents; readonly result: Result },
  ): Promise<Result> {
    const turn = this.last.then(async () => {
      const { next, result } = make(this.value);
      await this.vault.write(this.name, Buffer.from(JSON.stringify(next), 'utf8'));
      this.value = next;
      return result;
    });
    this.last = turn.catch(() => undefined);
    return turn;
  }

  /** Does something while no change is under way. */
  alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const turn = this.last.then(work);
    this.last = turn.catch(() => undefined);
    return turn;
  }
}
