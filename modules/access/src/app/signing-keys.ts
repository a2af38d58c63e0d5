import type { Clock, TimerHandle, Timers } from '@ats/runtime';
import {
  type Entropy,
  newSigningKey,
  type SigningKey,
  TokenSigner,
  type Vault,
} from '@ats/security';
import { z } from 'zod';
import { Document } from './document.ts';

const schema = z.array(
  z.strictObject({ id: z.string(), secret: z.string(), createdAtUs: z.int() }),
);

export interface SigningKeysOptions {
  readonly vault: Vault;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly entropy: Entropy;
  /** A key signs for so long. */
  readonly rotationUs: number;
  /** A key is kept for so long after that, until the last token that it signed has ended. */
  readonly keepUs: number;
  readonly onFailure: (error: unknown) => void;
}

const CHECK_MS = 60_000;

/** The keys that sign tokens, in the vault. The newest signs; all that are kept are read with. */
export class SigningKeys {
  private readonly options: SigningKeysOptions;
  private readonly document: Document<SigningKey[]>;
  private readonly timer: TimerHandle;
  private current: TokenSigner | undefined;

  private constructor(options: SigningKeysOptions, document: Document<SigningKey[]>) {
    this.options = options;
    this.document = document;
    this.timer = options.timers.every(CHECK_MS, () => {
      this.rotate().catch(options.onFailure);
    });
  }

  static async open(options: SigningKeysOptions): Promise<SigningKeys> {
    const as = { schema, empty: [] };
    const document = await Document.open<SigningKey[]>(options.vault, 'signing-keys', as);
    const keys = new SigningKeys(options, document);
    await keys.rotate();
    return keys;
  }

  signer(): TokenSigner {
    if (this.current === undefined) throw new Error('there is no key yet');
    return this.current;
  }

  /** Makes a new key if the newest has signed long enough, and forgets those nobody needs. */
  async rotate(): Promise<void> {
    const { clock, entropy, rotationUs, keepUs } = this.options;
    const nowUs = clock.nowUs();
    const newest = this.document.get()[0];
    if (newest === undefined || newest.createdAtUs + rotationUs <= nowUs) {
      await this.document.change((before) => {
        const kept = before.filter(({ createdAtUs }) => createdAtUs + rotationUs + keepUs > nowUs);
        return { next: [newSigningKey(entropy, nowUs), ...kept], result: undefined };
      });
    } else if (this.current !== undefined) return;
    const [first, ...others] = this.document.get();
    if (first !== undefined) this.current = new TokenSigner([first, ...others]);
  }

  close(): void {
    this.timer.cancel();
  }
}
