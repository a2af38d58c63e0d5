import type { Message } from '../../../src/contract.ts';

type AuditRecord = Message<'ats.audit.v1.AuditRecord'>;

/** One entry of the access log. */
export interface AccessEntry {
  readonly eventId: string;
  readonly atUs: number;
  readonly actor: string;
  readonly actorKind: string;
  readonly role: string;
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

/** @returns undefined for what is no entry, or could not be read when it was archived */
export function accessEntry({ schema, payloadJson }: AuditRecord): AccessEntry | undefined {
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
    .map((field): FieldChange => ({
      field,
      before: was.get(field) ?? '',
      after: is.get(field) ?? '',
    }))
    .filter((change) => change.before !== change.after);
}

function fieldsOf(json: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) walk(one, path === '' ? key : `${path}.${key}`);
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
