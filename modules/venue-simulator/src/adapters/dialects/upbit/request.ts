import { asFields, asTexts, type Fields } from '../shared/parse.ts';
import { type DataType, FORMATS, type Format, TYPES, UNIT_COUNTS } from './channels.ts';

/** One market of one data type, as a request names it. */
export interface Wanted {
  readonly type: DataType;
  readonly code: string;
  readonly units: number;
  readonly snapshot: boolean;
  readonly realtime: boolean;
}

export type UpbitRequest =
  | { readonly kind: 'list'; readonly ticket: string }
  | { readonly kind: 'subscribe'; readonly format: Format; readonly wanted: readonly Wanted[] }
  | { readonly kind: 'error'; readonly name: string; readonly message: string };

const MESSAGES = {
  WRONG_FORMAT: 'Format 이 맞지 않습니다.',
  NO_TICKET: '티켓이 존재하지 않거나, 유효하지 않습니다.',
  NO_TYPE: 'type 필드가 존재하지 않습니다.',
  NO_CODES: 'codes 필드가 존재하지 않습니다.',
  INVALID_PARAM: 'codes 필드가 비어 있습니다.',
} as const;

function error(name: keyof typeof MESSAGES): UpbitRequest {
  return { kind: 'error', name, message: MESSAGES[name] };
}

/**
 * Reads `[{ticket}, {type, codes, ...}..., {format}]`; ticket and format may stand anywhere.
 * Source: docs.upbit.com, WebSocket guide and errors.
 */
export function readRequest(value: unknown): UpbitRequest {
  if (!Array.isArray(value)) return error('WRONG_FORMAT');
  let ticket: string | undefined;
  let format: Format = 'DEFAULT';
  let lists = false;
  const types: Fields[] = [];
  for (const item of value as unknown[]) {
    const fields = asFields(item);
    if (fields === undefined) return error('WRONG_FORMAT');
    if (fields['ticket'] !== undefined) {
      if (typeof fields['ticket'] !== 'string') return error('NO_TICKET');
      ticket = fields['ticket'];
    } else if (fields['format'] !== undefined) {
      const known = FORMATS.find((name) => name === fields['format']);
      if (known === undefined) return error('WRONG_FORMAT');
      format = known;
    } else if (fields['method'] === 'LIST_SUBSCRIPTIONS') lists = true;
    else types.push(fields);
  }
  if (ticket === undefined) return error('NO_TICKET');
  if (lists) return { kind: 'list', ticket };
  return readTypes(types, format);
}

function readTypes(types: readonly Fields[], format: Format): UpbitRequest {
  if (types.length === 0) return error('NO_TYPE');
  const wanted: Wanted[] = [];
  for (const fields of types) {
    if (fields['type'] === undefined) return error('NO_TYPE');
    const type = TYPES.find((name) => name === fields['type']);
    if (type === undefined) return error('WRONG_FORMAT');
    if (fields['codes'] === undefined) return error('NO_CODES');
    const codes = asTexts(fields['codes']);
    if (codes === undefined) return error('WRONG_FORMAT');
    if (codes.length === 0) return error('INVALID_PARAM');
    const onlySnapshot = flag(fields, 'isOnlySnapshot', 'is_only_snapshot');
    const onlyRealtime = flag(fields, 'isOnlyRealtime', 'is_only_realtime');
    for (const each of codes) {
      const [code, count] = each.split('.') as [string, string | undefined];
      const units = UNIT_COUNTS.find((known) => String(known) === count) ?? 30;
      wanted.push({ type, code, units, snapshot: !onlyRealtime, realtime: !onlySnapshot });
    }
  }
  return { kind: 'subscribe', format, wanted };
}

/** Both spellings are taken, as the venue does. */
function flag(fields: Fields, camel: string, snake: string): boolean {
  return fields[camel] === true || fields[snake] === true;
}
