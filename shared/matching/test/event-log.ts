import type { EngineEvents } from '../src/index.ts';

/** Keeps copies of an engine's events, because the engine reuses its own. */
export class EventLog implements EngineEvents {
  entries: (readonly [string, Readonly<Record<string, unknown>>])[] = [];

  accepted = (event: object): void => this.keep('accepted', event);
  executed = (event: object): void => this.keep('executed', event);
  canceled = (event: object): void => this.keep('canceled', event);
  replaced = (event: object): void => this.keep('replaced', event);
  rejected = (event: object): void => this.keep('rejected', event);
  levelChanged = (event: object): void => this.keep('level', event);

  /** The entries since the last call. */
  take(): readonly (readonly [string, Readonly<Record<string, unknown>>])[] {
    const taken = this.entries;
    this.entries = [];
    return taken;
  }

  private keep(name: string, event: object): void {
    this.entries.push([name, { ...event }]);
  }
}
