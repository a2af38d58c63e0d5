import type { Command } from 'commander';

/** What the commands of a group share with the program that they are added to. */
export interface CommandParts {
  /** Ends the process when the command has run. */
  readonly result: { exitCode: number };
  /** Adds the flags of settings and of the market. */
  readonly withConfig: (command: Command) => Command;
  /** Without the market: for a command that has none, or another `--mode`. */
  readonly withSettings: (command: Command) => Command;
  /** The text of help about exit codes. */
  readonly exitCodes: string;
  /** For flags that may be repeated. */
  readonly collect: (value: string, before: readonly string[]) => string[];
}
