import { AtsError } from '@ats/domain';
import protobuf from 'protobufjs';
import { methodCodecs } from './codec.ts';
import { contractsRoot } from './protos.ts';

/** Messages in messages, at most. */
const DEPTH_MAX = 16;
const INT32_MAX = 2 ** 31 - 1;

/** What a method takes and gives as JSON. */
export interface JsonMethod {
  /** @returns the message with every field set. @throws REQUEST_INVALID naming the field */
  requestOf(json: unknown): Record<string, unknown>;
  /**
   * The fields of the contract alone. Bytes become base64 text; what is no number becomes null.
   */
  responseText(message: object): string;
}

/**
 * The JSON of a method's messages, as the generated types have them: 64-bit integers are numbers,
 * money is text, enums are names, bytes are base64. What comes from outside is checked field by
 * field; a field that the contract does not have is refused, for it is a mistake.
 * @param service its full name
 */
export function jsonMethod(service: string, method: string): JsonMethod {
  const found = contractsRoot().lookupService(service).methods[method];
  found?.resolve();
  const request = found?.resolvedRequestType;
  const response = found?.resolvedResponseType;
  if (!request || !response) throw new RangeError(`${service} has no method ${method}`);
  const bytes = hasBytes(response, new Set());
  const codec = methodCodecs(service, method).response;
  return {
    requestOf: (json) => messageOf(json ?? {}, request, { path: '', depth: 0 }),
    responseText(message) {
      // What is called in this process may carry more than its contract says.
      const told = codec.decode(codec.encode(message));
      return bytes ? textWithBytes(told) : JSON.stringify(told);
    },
  };
}

interface Place {
  readonly path: string;
  readonly depth: number;
}

function messageOf(json: unknown, type: protobuf.Type, place: Place): Record<string, unknown> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw invalid(place.path, json, 'an object');
  }
  if (place.depth >= DEPTH_MAX) throw invalid(place.path, '', 'fewer objects in objects');
  const given = json as Readonly<Record<string, unknown>>;
  const at = (name: string): string => (place.path === '' ? name : `${place.path}.${name}`);
  for (const key of Object.keys(given)) {
    // The name of a `oneof` says which of its fields is set; the fields say so themselves.
    if (Object.hasOwn(type.fields, key) || Object.hasOwn(type.oneofs ?? {}, key)) continue;
    throw invalid(at(key), given[key], 'no such field');
  }
  const message: Record<string, unknown> = {};
  for (const field of type.fieldsArray) {
    field.resolve();
    const value = Object.hasOwn(given, field.name) ? given[field.name] : undefined;
    const path = at(field.name);
    const set = fieldOf(value, field, { path, depth: place.depth + 1 });
    if (set !== undefined) message[field.name] = set;
  }
  return message;
}

function fieldOf(value: unknown, field: protobuf.Field, place: Place): unknown {
  const absent = value === undefined || value === null;
  if (field.map) return mapOf(absent ? {} : value, field, place);
  if (field.repeated) {
    if (absent) return [];
    if (!Array.isArray(value)) throw invalid(place.path, value, 'a list');
    return value.map((each, index) =>
      scalarOf(each, field, { ...place, path: `${place.path}[${index}]` }),
    );
  }
  if (!absent) return scalarOf(value, field, place);
  if (field.partOf) return undefined;
  return emptyOf(field);
}

function mapOf(value: unknown, field: protobuf.Field, place: Place): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(place.path, value, 'an object');
  }
  const entries = Object.entries(value).map(([key, each]): [string, unknown] => [
    key,
    scalarOf(each, field, { ...place, path: `${place.path}.${key}` }),
  ]);
  return Object.fromEntries(entries);
}

function emptyOf({ resolvedType, type }: protobuf.Field): unknown {
  if (resolvedType instanceof protobuf.Type) return null;
  if (resolvedType instanceof protobuf.Enum) return resolvedType.valuesById[0];
  if (type === 'string') return '';
  if (type === 'bool') return false;
  return type === 'bytes' ? Buffer.alloc(0) : 0;
}

function scalarOf(value: unknown, field: protobuf.Field, place: Place): unknown {
  const { resolvedType, type } = field;
  if (resolvedType instanceof protobuf.Type) return messageOf(value, resolvedType, place);
  if (resolvedType instanceof protobuf.Enum) {
    if (typeof value === 'string' && Object.hasOwn(resolvedType.values, value)) return value;
    throw invalid(place.path, value, `one of ${Object.keys(resolvedType.values).join(', ')}`);
  }
  switch (type) {
    case 'string':
      if (typeof value === 'string') return value.toWellFormed();
      throw invalid(place.path, value, 'text');
    case 'bool':
      if (typeof value === 'boolean') return value;
      throw invalid(place.path, value, 'true or false');
    case 'double':
    case 'float':
      if (typeof value === 'number') return value;
      throw invalid(place.path, value, 'a number');
    case 'bytes':
      if (typeof value === 'string') return Buffer.from(value, 'base64');
      throw invalid(place.path, value, 'base64 text');
    default:
      return integerOf(value, type, place);
  }
}

function integerOf(value: unknown, type: string, place: Place): number {
  const most = type.endsWith('64') ? Number.MAX_SAFE_INTEGER : INT32_MAX;
  const least = type.startsWith('u') ? 0 : -most;
  if (Number.isInteger(value) && (value as number) >= least && (value as number) <= most) {
    return value as number;
  }
  throw invalid(place.path, value, `a whole number from ${least} to ${most}`);
}

function hasBytes(type: protobuf.Type, seen: Set<protobuf.Type>): boolean {
  if (seen.has(type)) return false;
  seen.add(type);
  return type.fieldsArray.some(({ type: kind, resolvedType }) =>
    resolvedType instanceof protobuf.Type ? hasBytes(resolvedType, seen) : kind === 'bytes',
  );
}

function textWithBytes(message: object): string {
  return JSON.stringify(message, function replace(this: Record<string, unknown>, key, value) {
    const raw = this[key];
    return raw instanceof Uint8Array ? Buffer.from(raw).toString('base64') : value;
  });
}

function invalid(field: string, value: unknown, expected: string): AtsError {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const shown = text.slice(0, 80);
  return new AtsError({
    code: 'REQUEST_INVALID',
    message: `${field || 'the request'} is ${shown || 'empty'}: expected ${expected.slice(0, 400)}`,
    remedy: 'Correct the field.',
    context: { field, value: shown },
  });
}
