import { AtsError, makeAlert } from '@ats/domain';
import { alertRecord, type Outbox, transactSurely } from '@ats/orders';
import type { Clock, KillSwitch, Logger } from '@ats/runtime';
import type { Item, ItemKey, NewRecord, StateStore } from '@ats/storage';
import { z } from 'zod';
import { afterHalt, afterResume, type Halt, type HaltState, NOT_HALTED } from '../domain/halt.ts';

const KEY: ItemKey = { table: 'risk', partition: 'halt', sort: 'switch' };
const CONFLICTS_MAX = 5;

const haltSchema = z.object({ reason: z.string(), actor: z.string(), atUs: z.number() });
const stateSchema = z.object({ halt: haltSchema.optional(), resumes: z.array(haltSchema) });

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

/** Who does it and why. */
export type Said = Omit<Halt, 'atUs'>;

/**
 * Whether trading is halted. A halt counts from the moment it is asked for, a resume only once it
 * is stored. Each is told of on topic `alerts`, if and only if it is stored.
 */
export class HaltSwitch {
  private readonly options: HaltSwitchOptions;
  private current: HaltState = NOT_HALTED;
  private changing: Promise<unknown> = Promise.resolve();
  private unsaved: Halt | undefined;
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
    return this.unsaved === undefined ? '' : 'the halt is not stored: it is tried again';
  }

  /**
   * Stops trading at once.
   * @throws when that could not be stored; trading is halted all the same
   */
  async stop(said: Said): Promise<void> {
    const halt = { ...said, atUs: this.options.clock.nowUs() };
    this.current = afterHalt(this.current, halt);
    this.unsaved = this.current.halt;
    await this.save((before) => afterHalt(before, this.unsaved ?? halt));
    this.unsaved = undefined;
  }

  /**
   * @returns the state after it: halted still while more persons are needed
   * @throws RISK_KILL_SWITCH_ON; what the store throws, and then trading stays halted
   */
  async resume(said: Said): Promise<HaltState> {
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
    const resume = { ...said, atUs: clock.nowUs() };
    return this.save((before) => afterResume(before, resume, resumePersons), resume);
  }

  /** Halts when the kill switch is on, and stores a halt that could not be. Call it regularly. */
  async check(): Promise<void> {
    if (this.closed) return;
    const reason = this.options.killSwitch.reason();
    const { unsaved } = this;
    if (reason === '' && unsaved === undefined) return;
    if (this.current.halt !== undefined && unsaved === undefined) return;
    await this.stop(unsaved ?? { reason, actor: 'the kill switch' }).catch((error: unknown) => {
      this.options.logger.error('risk.halt_unsaved', 'a halt is not stored yet', { error });
    });
  }

  /** Waits for what is being stored. */
  async close(): Promise<void> {
    this.closed = true;
    await this.changing.catch(() => undefined);
  }

  /** One change after the other. */
  private save(change: (before: HaltState) => HaltState, resume?: Halt): Promise<HaltState> {
    const work = this.changing.then(
      () => this.store(change, resume),
      () => this.store(change, resume),
    );
    this.changing = work;
    return work;
  }

  private async store(
    change: (before: HaltState) => HaltState,
    resume: Halt | undefined,
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
      const entry = outbox.entry([recordOf(before, after, resume)]);
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
    this.current = this.unsaved === undefined ? stored : afterHalt(stored, this.unsaved);
    return this.current;
  }
}

function stateOf(item: Item | undefined): HaltState {
  if (item === undefined) return NOT_HALTED;
  const { halt, resumes } = stateSchema.parse(JSON.parse(String(item.attributes['state'])));
  return { halt, resumes };
}

/** What people and the archive are told of a change. */
function recordOf(before: HaltState, after: HaltState, resume: Halt | undefined): NewRecord {
  if (resume === undefined) {
    const insisted = `insisted:${before.resumes.at(-1)?.atUs ?? 0}`;
    return alertRecord(
      haltAlert(after.halt as Halt),
      before.halt === undefined ? 'raised' : insisted,
    );
  }
  const { actor, reason, atUs } = resume;
  if (after.halt !== undefined) {
    const asked = makeAlert({
      key: `risk.resume:${actor}`,
      severity: 'info',
      area: 'risk',
      summary: `${actor} wants trading to go on: ${reason}.`,
      action: 'It stays halted until enough persons say so.',
      raisedAtUs: atUs,
    });
    return alertRecord(asked, 'raised');
  }
  const persons = [...before.resumes.map((one) => one.actor), actor].join(' and ');
  const ended = {
    ...haltAlert(before.halt as Halt),
    summary: `Trading goes on, says ${persons}: ${reason}.`,
    action: 'New trades and orders are taken again.',
    remedy: '',
    resolvedAtUs: atUs,
  };
  return alertRecord(ended, 'resolved');
}

const haltAlert = ({ actor, reason, atUs }: Halt) =>
  makeAlert({
    key: 'risk.halted',
    severity: 'critical',
    area: 'risk',
    summary: `Trading is halted by ${actor}: ${reason}.`,
    action: 'No new trades or orders are taken. What is open can be cancelled and unwound.',
    remedy: 'Find out why, then say "ats resume" with your name and the reason.',
    runbook: 'trading-halted',
    facts: { actor, reason },
    raisedAtUs: atUs,
  });
