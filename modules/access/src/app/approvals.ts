import { createHash } from 'node:crypto';
import type { Clock } from '@ats/runtime';
import type { Item, ItemKey, StateStore } from '@ats/storage';
import { z } from 'zod';
import { invalid, unknown } from './refusals.ts';

const schema = z.strictObject({
  id: z.string(),
  kind: z.string(),
  summary: z.string(),
  requestedBy: z.string(),
  requestedAtUs: z.int(),
  expiresAtUs: z.int(),
  state: z.enum(['pending', 'approved', 'rejected', 'used']),
  decidedBy: z.string(),
  decidedAtUs: z.int(),
});

export type PendingApproval = z.output<typeof schema>;

export interface ApprovalsOptions {
  readonly state: StateStore;
  readonly clock: Clock;
  /** Kinds that need a second person. */
  readonly kinds: ReadonlySet<string>;
  readonly lastsUs: number;
}

export interface Wanted {
  readonly kind: string;
  /** The exact change: an approval is good for this alone. */
  readonly subject: string;
  readonly summary: string;
  readonly requestedBy: string;
}

const PAGE = 1000;
const keyOf = (sort: string): ItemKey => ({ table: 'access', partition: 'approval', sort });

/** The same change, wanted by the same person, is the same approval. */
function idOf({ kind, subject, requestedBy }: Wanted): string {
  const text = JSON.stringify([kind, subject, requestedBy]);
  return createHash('sha256').update(text, 'utf8').digest('hex').slice(0, 16);
}

/** Changes that a second person approves. Durable; each approval is used once. */
export class Approvals {
  private readonly options: ApprovalsOptions;

  constructor(options: ApprovalsOptions) {
    this.options = options;
  }

  /** Uses an approval that was given, or asks for one. */
  async claim(wanted: Wanted): Promise<{ readonly state: string; readonly id: string }> {
    if (!this.options.kinds.has(wanted.kind)) return { state: 'not-needed', id: '' };
    const id = idOf(wanted);
    const item = await this.options.state.get(keyOf(id));
    const before = item === undefined ? undefined : approvalOf(item);
    if (item !== undefined && before?.state === 'approved') {
      const used = await this.put({ ...before, state: 'used' }, item);
      return { state: used ? 'granted' : 'pending', id };
    }
    if (before?.state === 'pending' || before?.state === 'rejected')
      return { state: before.state, id };
    const { clock, lastsUs } = this.options;
    const requestedAtUs = clock.nowUs();
    const { kind, summary, requestedBy } = wanted;
    const times = { requestedAtUs, expiresAtUs: requestedAtUs + lastsUs };
    const undecided = { state: 'pending', decidedBy: '', decidedAtUs: 0 } as const;
    await this.put({ id, kind, summary, requestedBy, ...times, ...undecided }, item);
    return { state: 'pending', id };
  }

  /** @throws ACCESS_UNKNOWN, ACCESS_INVALID for one's own, or one that was decided */
  async decide(decision: {
    readonly id: string;
    readonly approve: boolean;
    readonly by: string;
  }): Promise<PendingApproval> {
    const { id, approve, by } = decision;
    const item = await this.options.state.get(keyOf(id));
    if (item === undefined) throw unknown('approval', id);
    const before = approvalOf(item);
    if (before.requestedBy === by && approve) {
      const message = 'nobody approves what they want themselves';
      throw invalid({ field: 'approval_id', value: id, message, remedy: 'Ask another person.' });
    }
    const state = approve ? 'approved' : 'rejected';
    const after = {
      ...before,
      state,
      decidedBy: by,
      decidedAtUs: this.options.clock.nowUs(),
    } as const;
    if (before.state === 'pending' && (await this.put(after, item))) return after;
    const message = `it was decided before: ${before.state}`;
    throw invalid({ field: 'approval_id', value: id, message, remedy: 'Look at ats approvals.' });
  }

  async list(all: boolean): Promise<readonly PendingApproval[]> {
    const query = { table: 'access', partition: 'approval', limit: PAGE } as const;
    const { items } = await this.options.state.query(query);
    return items
      .map(approvalOf)
      .filter(({ state }) => all || state === 'pending')
      .sort((a, b) => b.requestedAtUs - a.requestedAtUs);
  }

  /** @returns false when somebody else changed it at the same moment */
  private async put(approval: PendingApproval, before: Item | undefined): Promise<boolean> {
    const key = keyOf(approval.id);
    const { expiresAtUs } = approval;
    const written = { key, attributes: { json: JSON.stringify(approval) }, expiresAtUs };
    const result = await this.options.state.transact([
      before === undefined
        ? { kind: 'create', ...written }
        : { kind: 'replace', ifVersion: before.version, ...written },
    ]);
    return result.kind === 'committed';
  }
}

const approvalOf = ({ attributes }: Item): PendingApproval =>
  schema.parse(JSON.parse(String(attributes['json'])));
