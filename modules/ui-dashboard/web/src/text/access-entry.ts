import type { Message } from '../../../src/contract.ts';
import { words } from './format.ts';

type AuditRecord = Message<'ats.audit.v1.AuditRecord'>;

/** One entry of the access log. */
export interface AccessEntry {
  readonly eventId: string;
  readonly atUs: number;
  readonly actor: string;
  readonly actorKind: string;
  readonly role: string;
  readonly sessionId: string;
  readonly source: string;
  readonly action: string;
  readonly target: string;
  readonly outcome: 'ok' | 'denied' | 'failed';
  readonly reason: string;
  /** JSON; empty where there is none. */
  readonly before: string;
  readonly after: string;
  readonly correlationId: string;
}

const SCHEMA = 'ats.access.v1.AccessEvent';

/** Where a call came from that one of our own processes has passed on, in older entries. */
const PASSED_ON = 'process';

/**
 * @returns the entries, the newest first; what the dashboard passed on comes from where the
 * person of its session logged in
 */
export function accessEntries(records: readonly AuditRecord[]): readonly AccessEntry[] {
  const entries = records.flatMap((record) => accessEntry(record) ?? []);
  const places = new Map(
    entries
      .filter(({ sessionId, source }) => sessionId !== '' && source !== PASSED_ON)
      .map(({ sessionId, source }) => [sessionId, source]),
  );
  return entries
    .map((entry) =>
      entry.source === PASSED_ON ? { ...entry, source: places.get(entry.sessionId) ?? '' } : entry,
    )
    .toReversed();
}

/** `session.step-up` in words: `Session step up`. */
export const actionWords = (action: string): string => words(action.replaceAll('.', '_'));

/** @returns undefined for what is no entry, or could not be read when it was archived */
function accessEntry({ schema, payloadJson }: AuditRecord): AccessEntry | undefined {
  if (schema !== SCHEMA || payloadJson === '') return undefined;
  const { atUs, ...entry } = JSON.parse(payloadJson) as AccessEntry & { readonly atUs: string };
  // As in proto3's JSON: 64-bit integers are texts.
  return { ...entry, atUs: Number(atUs) };
}

/** `ats.risk.v1.RiskService/EmergencyHalt` is `Risk: emergency halt`. */
export function targetWords(target: string): string {
  const [, service, method = ''] = /\.(\w+?)(?:Service)?\/(\w+)$/.exec(target) ?? [];
  if (service === undefined) return target;
  const spaced = method.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => ` ${letter}`).toLowerCase();
  return `${service}: ${spaced}`;
}

export interface FieldChange {
  /** Its path. */
  readonly field: string;
  readonly before: string;
  readonly after: string;
}

/** @returns what is recorded of it by field, those that are alike on both sides left out */
export function changesOf({ before, after }: Pick<AccessEntry, 'before' | 'after'>) {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  return [...new Set([...was.keys(), ...is.keys()])]
    .map(
      (field): FieldChange => ({
        field,
        before: was.get(field) ?? '',
        after: is.get(field) ?? '',
      }),
    )
    .filter((change) => change.before !== change.after);
}

function fieldsOf(json: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value))
        walk(one, path === '' ? key : `${path}.${key}`);
    } else if (value !== '' && value !== undefined && value !== null) {
      fields.set(path, String(value));
    }
  };
  if (json === '') return fields;
  try {
    walk(JSON.parse(json), '');
  } catch {
    fields.set('', json);
  }
  return fields;
}
