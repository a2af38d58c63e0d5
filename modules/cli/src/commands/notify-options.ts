import type { ConfigFlags } from '../app/configuration.ts';

export interface JsonOption extends ConfigFlags {
  readonly json?: true;
}

export interface ListOptions extends JsonOption {
  readonly person?: string;
}

export interface PersonOptions extends JsonOption {
  readonly name: string;
  readonly zone: string;
  readonly locale: string;
  /** `channel=address` each. */
  readonly address: readonly string[];
  /** `HH:MM-HH:MM`, or with `@` and days of the week, 1 is Monday. */
  readonly quiet: readonly string[];
  readonly digestAt: string;
}

export interface RuleOptions extends JsonOption {
  readonly id?: string;
  readonly person: string;
  readonly channel: string;
  readonly severity: string;
  readonly area?: string;
  readonly venue?: string;
  readonly instrument?: string;
  readonly frequency: string;
  readonly escalateTo: readonly string[];
  /** Milliseconds. */
  readonly within?: number;
}

export interface MuteOptions extends JsonOption {
  readonly key?: string;
  readonly area?: string;
  readonly person?: string;
  readonly actor: string;
  readonly reason: string;
  /** Milliseconds; absent for a mute without an end. */
  readonly for?: number;
}

export interface TestOptions extends JsonOption {
  readonly person?: string;
  readonly address?: string;
}

export interface HistoryOptions extends ListOptions {
  readonly outcome?: string;
  readonly channel?: string;
  readonly key?: string;
  /** Milliseconds. */
  readonly since: number;
  readonly limit: number;
}

export interface StatisticsOptions extends JsonOption {
  /** Milliseconds; absent for what was since the service started. */
  readonly since?: number;
}

export interface DeadLetterOptions extends JsonOption {
  readonly retry?: string;
  readonly limit: number;
}

export interface BellOptions extends ListOptions {
  readonly limit: number;
}
