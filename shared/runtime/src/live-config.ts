import { AtsError } from '@ats/domain';
import type { z } from 'zod';
import type { LoadedConfig } from './config/load.ts';
import { parseConfig } from './config/parse.ts';
import { type ConfigChange, planReload } from './config/reload.ts';
import { type SharedConfig, sharedConfigSchema } from './config/shared-schema.ts';

/** One who reads settings, and takes them again. */
interface Taker {
  readonly schema: z.ZodType;
  readonly takes: ((config: unknown) => void)[];
}

/** The settings of a process while it runs. */
export class LiveConfig {
  private running: LoadedConfig;
  private readonly reread: (() => LoadedConfig) | undefined;
  private readonly takers: Taker[] = [];

  /** @param reread reads all layers again; without it nothing ever changes */
  constructor(loaded: LoadedConfig, reread?: () => LoadedConfig) {
    this.running = loaded;
    this.reread = reread;
  }

  /** @returns the section as it is now, and the way to be told when it changes */
  read<Config>(schema: z.ZodType<Config>) {
    const taker: Taker = { schema, takes: [] };
    this.takers.push(taker);
    return {
      config: parseConfig(this.running, schema),
      onReload: (take: (config: Config) => void): void => {
        taker.takes.push(take as (config: unknown) => void);
      },
    };
  }

  /** For who is told of shared settings only. */
  onShared(take: (config: SharedConfig) => void): void {
    this.read(sharedConfigSchema).onReload(take);
  }

  /**
   * Reads all layers again and hands out what may change while running, to everybody or to
   * nobody. @throws CONFIG_* when anything is wrong: then what ran goes on
   */
  reload({ dryRun }: { readonly dryRun: boolean }): readonly ConfigChange[] {
    if (this.reread === undefined) throw notReloadable();
    const next = this.reread();
    for (const { schema } of this.takers) parseConfig(next, schema);
    const readers = this.takers.map(({ schema, takes }) => ({ schema, takes: takes.length > 0 }));
    const { changes, effective } = planReload({ running: this.running, next, readers });
    // Settings that wait for a restart may be what makes those that do not possible.
    const handed = this.parsedFor(effective);
    if (!dryRun && changes.some(({ live }) => live)) this.handOut(handed, effective);
    return changes;
  }

  private parsedFor(config: LoadedConfig) {
    return this.takers.map(({ schema, takes }) => ({ parsed: parseConfig(config, schema), takes }));
  }

  private handOut(handed: ReturnType<LiveConfig['parsedFor']>, effective: LoadedConfig): void {
    const before = this.parsedFor(this.running);
    try {
      for (const { parsed, takes } of handed) for (const take of takes) take(parsed);
    } catch (error) {
      // Half of it is worse than none.
      for (const { parsed, takes } of before) for (const take of takes) take(parsed);
      throw error;
    }
    this.running = effective;
  }
}

const notReloadable = (): AtsError =>
  new AtsError({
    code: 'CONFIG_INVALID',
    message: 'this process has no files of settings to read again',
    remedy: 'Restart it with the settings wanted.',
    context: { field: 'config', value: '' },
  });
