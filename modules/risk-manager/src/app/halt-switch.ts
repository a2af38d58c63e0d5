import { AtsError, HALT_MODES, type HaltMode, isStricter } from '@ats/domain';
import { type Outbox, transactSurely } from '@ats/orders';
import type { Clock, KillSwitch, Logger } from '@ats/runtime';
import type { Item, ItemKey, StateStore } from '@ats/storage';
import { z } from 'zod';
import {
  afterHalt,
  afterResume,
  type Halt,
  type HaltState,
  type HaltStep,
  NOT_HALTED,
  type ResumeWish,
} from '../domain/halt.ts';
import { haltRecord } from './halt-record.ts';

const KEY: ItemKey = { table: 'risk', partition: 'halt', sort: 'switch' };
const CONFLICTS_MAX = 5;

const saidSchema = z.object({ reason: z.string(), actor: z.string(), atUs: z.number() });
// Before there were modes a halt was one, and whoever resumed wanted no halt.
const stepSchema = saidSchema.extend({ mode: z.enum(HALT_MODES).default('halted') });
const stateSchema = z.object({
  halt: stepSchema.extend({ changes: z.array(stepSchema).default([]) }).optional(),
  resumes: z.array(
    saidSchema
      .extend({ to: z.enum(HALT_MODES).optional() })
      .transform(({ to, ...said }): ResumeWish => ({ ...said, to })),
  ),
});

export interface HaltSwitchOptions {
  /** Where a halt survives a restart; without it a halt ends with the process. */
  readonly store: { readonly state: StateStore; readonly outbox: Outbox } | undefined;
  /** Stops trading by itself, and must be released before a person can resume. */
  readonly killSwitch: KillSwitch;
  /** How many different persons it takes to resume. */
  readonly resumePersons: number;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Who wants it and why. */
interface Said {
  readonly reason: string;
  readonly actor: string;
}

/**
 * Whether trading is halted, and how much of it. A halt counts from the moment it is asked for, a
 * resume only once it is stored. Each change is told of on topic `alerts`, if and only if it is
 * stored.
 */
export class HaltSwitch {
  private readonly options: HaltSwitchOptions;
  private current: HaltState = NOT_HALTED;
  private changing: Promise<unknown> = Promise.resolve();
  /** What was asked for and is not stored yet, in order: at most one for each mode. */
  private unsaved: readonly HaltStep[] = [];
  private closed = false;

  constructor(options: HaltSwitchOptions) {
    this.options = options;
  }

  /** Takes up what the last run left. @throws when the store cannot be read */
  async open(): Promise<void> {
    const { store } = this.options;
    if (store !== undefined) this.current = stateOf(await store.state.get(KEY));
    await this.check();
  }

  get state(): HaltState {
    return this.current;
  }

  get halt(): Halt | undefined {
    return this.current.halt;
  }

  /** Why a halt would not survive a restart; empty when it would, or there is none. */
  trouble(): string {
    return this.unsaved.length === 0 ? '' : 'the halt is not stored: it is tried again';
  }

  /**
   * Halts trading at once, or makes the halt that stands stricter; `halted` unless told.
   * @throws when that could not be stored; trading is halted all the same
   */
  async stop({ mode = 'halted', ...said }: Said & { readonly mode?: HaltMode }): Promise<void> {
    const step: HaltStep = { ...said, mode, atUs: this.options.clock.nowUs() };
    const before = this.current.halt?.mode;
    this.current = afterHalt(this.current, step);
    if (this.unsaved.length === 0 || isStricter(mode, before))
      this.unsaved = [...this.unsaved, step];
    await this.saveHalts();
  }

  /**
   * @param wish `to`: the halt that is to be left, none unless told
   * @returns the state after it: halted still while more persons are needed
   * @throws RISK_KILL_SWITCH_ON; what the store throws, and then trading stays halted
   */
  async resume({ to, ...said }: Said & { readonly to?: HaltMode | undefined }): Promise<HaltState> {
    const { killSwitch, clock, resumePersons } = this.options;
    const reason = killSwitch.reason();
    if (reason !== '') {
      throw new AtsError({
        code: 'RISK_KILL_SWITCH_ON',
        message: `the kill switch is on: ${reason}`,
        remedy: `Remove the file ${killSwitch.file} first, or use "ats resume", which does.`,
        context: { field: 'killSwitchFile', value: killSwitch.file },
      });
    }
    const wish: ResumeWish = { ...said, to, atUs: clock.nowUs() };
    return this.save((before) => afterResume(before, wish, resumePersons), wish);
  }

  /** Halts when the kill switch is on, and stores a halt that could not be. Call it regularly. */
  async check(): Promise<void> {
    if (this.closed) return;
    const reason = this.options.killSwitch.reason();
    const pulled = reason !== '' && isStricter('halted', this.current.halt?.mode);
    if (!pulled && this.unsaved.length === 0) return;
    const halting = pulled ? this.stop({ reason, actor: 'the kill switch' }) : this.saveHalts();
    await halting.catch((error: unknown) => {
      this.options.logger.error('risk.halt_unsaved', 'a halt is not stored yet', { error });
    });
  }

  /** Waits for what is being stored. */
  async close(): Promise<void> {
    this.closed = true;
    await this.changing.catch(() => undefined);
  }

  private async saveHalts(): Promise<void> {
    const steps = this.unsaved;
    await this.save((before) => steps.reduce(afterHalt, before));
    this.unsaved = this.unsaved.filter((step) => !steps.includes(step));
  }

  /** One change after the other. */
  private save(change: (before: HaltState) => HaltState, wish?: ResumeWish): Promise<HaltState> {
    const work = this.changing.then(
      () => this.store(change, wish),
      () => this.store(change, wish),
    );
    this.changing = work;
    return work;
  }

  private async store(
    change: (before: HaltState) => HaltState,
    wish: ResumeWish | undefined,
  ): Promise<HaltState> {
    const { store } = this.options;
    if (store === undefined) return this.settle(change(this.current));
    const { state, outbox } = store;
    const giveUp = (): boolean => this.closed;
    for (let attempt = 0; attempt < CONFLICTS_MAX; attempt += 1) {
      const item = await state.get(KEY);
      const before = stateOf(item);
      const after = change(before);
      const attributes = { state: JSON.stringify(after) };
      if (attributes.state === JSON.stringify(before)) return this.settle(after);
      const entry = outbox.entry([haltRecord(before, after, wish)]);
      const write =
        item === undefined
          ? ({ kind: 'create', key: KEY, attributes } as const)
          : ({ kind: 'replace', key: KEY, ifVersion: item.version, attributes } as const);
      const result = await transactSurely({
        ...{ state, outbox, entry, giveUp },
        items: [write, entry.item],
      });
      if (result.kind !== 'committed') continue;
      void outbox.publish(entry);
      return this.settle(after);
    }
    throw new AtsError({
      code: 'STORAGE_UNAVAILABLE',
      message: 'the halt switch is being changed by others all the time',
      retry: 'safe',
      context: { field: 'halt', value: KEY.sort },
    });
  }

  /** What is stored counts, and a halt that was asked for meanwhile. */
  private settle(stored: HaltState): HaltState {
    this.current = this.unsaved.reduce(afterHalt, stored);
    return this.current;
  }
}

function stateOf(item: Item | undefined): HaltState {
  if (item === undefined) return NOT_HALTED;
  const { halt, resumes } = stateSchema.parse(JSON.parse(String(item.attributes['state'])));
  return { halt, resumes };
}

/** The stored halt of a state that begins halted, whatever was before. */
export function haltedItem(step: HaltStep) {
  return { key: KEY, attributes: { state: JSON.stringify(afterHalt(NOT_HALTED, step)) } };
}
