import type protobuf from 'protobufjs';
import { type Field, INT32_MAX, type Plan, planOf, type Values } from './plain-plan.ts';

/**
 * A quick way to bytes and back for messages of texts, flags, numbers, enums and messages
 * alone. Values are written as they stand, without protobufjs' copy of the message before. Each
 * way gives up on whatever is unusual (text beyond ASCII, numbers too large, unknown fields), and
 * the caller then goes the way of protobufjs: so both give the same bytes, messages and errors.
 */
export interface PlainCodec {
  /** @returns undefined to give up */
  encode(message: object): Uint8Array | undefined;
  /** @returns undefined to give up */
  decode(bytes: Uint8Array): object | undefined;
}

/** Longest message that is written the quick way, bytes; longer ones go the other. */
const SCRATCH_BYTES = 64 * 1024;
/** Room for a tag and a length. */
const HEAD_BYTES_MAX = 12;
const scratch = Buffer.allocUnsafeSlow(SCRATCH_BYTES);
/** Where in `scratch` the next byte goes. */
let end = 0;

function putVarint(number: number): void {
  let rest = number;
  for (; rest > INT32_MAX; rest = Math.floor(rest / 128)) scratch[end++] = (rest % 128) | 128;
  for (; rest > 127; rest >>>= 7) scratch[end++] = (rest & 127) | 128;
  scratch[end++] = rest;
}

const TWO_TO_32 = 2 ** 32;

/** A whole number below zero takes ten bytes: 64 bits, seven in each. */
function putNegative(number: number): void {
  const high = Math.floor(number / TWO_TO_32);
  const low = number - high * TWO_TO_32;
  for (let shift = 0; shift < 28; shift += 7) scratch[end++] = ((low >>> shift) & 127) | 128;
  scratch[end++] = (low >>> 28) | ((high & 7) << 4) | 128;
  for (let shift = 3; shift < 31; shift += 7) scratch[end++] = ((high >>> shift) & 127) | 128;
  scratch[end++] = 1;
}

function putText(text: string): boolean {
  const { length } = text;
  if (end + HEAD_BYTES_MAX + length > SCRATCH_BYTES) return false;
  putVarint(length);
  let at = end;
  for (let index = 0; index < length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > 127) return false;
    scratch[at++] = code;
  }
  end = at;
  return true;
}

function putMessage(message: object, plan: Plan): boolean {
  const start = end + 1;
  end = start;
  if (!putFields(message as Values, plan)) return false;
  const length = end - start;
  if (length < 128) {
    scratch[start - 1] = length;
    return true;
  }
  // The length takes more than the one byte that was kept for it.
  const extra = length < 1 << 14 ? 1 : 2;
  if (end + extra > SCRATCH_BYTES) return false;
  scratch.copyWithin(start + extra, start, end);
  end = start - 1;
  putVarint(length);
  end += length;
  return true;
}

function putValue(value: unknown, field: Field): boolean {
  if (end + HEAD_BYTES_MAX > SCRATCH_BYTES) return false;
  putVarint(field.tag);
  switch (field.kind) {
    case 'text':
      return typeof value === 'string' && putText(value);
    case 'message':
      return typeof value === 'object' && value !== null && putMessage(value, field.plan as Plan);
    case 'integer':
      if (!Number.isInteger(value) || Math.abs(value as number) > field.max) return false;
      if ((value as number) < 0) putNegative(value as number);
      else putVarint(value as number);
      return true;
    case 'double':
      if (typeof value !== 'number') return false;
      end = scratch.writeDoubleLE(value, end);
      return true;
    default: {
      const number = field.numbers.get(value);
      if (number === undefined) return false;
      putVarint(number);
      return true;
    }
  }
}

function putFields(message: Values, plan: Plan): boolean {
  for (const field of plan.fields) {
    const value = message[field.name];
    if (value === undefined || value === null) continue;
    if (!field.repeated) {
      if (!putValue(value, field)) return false;
      continue;
    }
    if (!Array.isArray(value)) return false;
    for (const each of value) if (!putValue(each, field)) return false;
  }
  return true;
}

/** What is being read, where the next byte is, and whether anything in it is unusual. */
let source: Buffer = scratch;
/** The bytes of `source` as characters, made when a short text is first met. */
let characters = '';
let next = 0;
let unusual = false;

function takeVarint(): number {
  let byte = source[next++] as number;
  if (byte < 128) return byte;
  let number = byte & 127;
  for (let shift = 7; shift < 28; shift += 7) {
    byte = source[next++] as number;
    number |= (byte & 127) << shift;
    if (byte < 128) return number;
  }
  let high = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    byte = source[next++] as number;
    high |= (byte & 127) << shift;
    if (byte < 128) return number + high * 2 ** 28;
  }
  unusual = true;
  return 0;
}

/** Whether nine bytes from here on say that there are more: then it is a number below zero. */
function isNegative(): boolean {
  for (let at = next; at < next + 9; at += 1) if (!((source[at] as number) > 127)) return false;
  return source[next + 9] === 1;
}

function takeInteger(): number {
  if (!((source[next] as number) > 127) || !isNegative()) return takeVarint();
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) low |= ((source[next++] as number) & 127) << shift;
  let high = 0;
  for (let shift = 0; shift < 28; shift += 7) high |= ((source[next++] as number) & 127) << shift;
  // What is further from zero than 56 bits go is too large for a double in any case.
  if (source[next] !== 255) unusual = true;
  next += 2;
  return (high - 2 ** 28) * 2 ** 28 + low;
}

function takeDouble(limit: number): number {
  const start = next;
  next += 8;
  if (next <= limit) return source.readDoubleLE(start);
  unusual = true;
  return 0;
}

/**
 * A call of `toString` costs more than a short text does, so short ones are cut out of one string.
 * From this length on V8 does not copy what is cut: an id kept would keep its whole message.
 */
const SLICED_LENGTH_MIN = 13;

function copiedText(start: number): string {
  const text = source.toString('utf8', start, next);
  // It may stand for bytes that are not UTF-8.
  if (text.includes('\uFFFD')) unusual = true;
  return text;
}

function takeText(limit: number): string {
  const length = takeVarint();
  const start = next;
  next += length;
  if (next > limit) {
    unusual = true;
    return '';
  }
  if (length >= SLICED_LENGTH_MIN) return copiedText(start);
  for (let at = start; at < next; at += 1) {
    if ((source[at] as number) > 127) return copiedText(start);
  }
  if (characters === '') characters = source.toString('latin1');
  return characters.substring(start, next);
}

function takeValue(field: Field, limit: number): unknown {
  switch (field.kind) {
    case 'text':
      return takeText(limit);
    case 'message': {
      const length = takeVarint();
      if (next + length > limit) unusual = true;
      return unusual ? undefined : takeFields(field.plan as Plan, next + length);
    }
    case 'integer': {
      const number = takeInteger();
      if (Math.abs(number) > field.max) unusual = true;
      return number;
    }
    case 'double':
      return takeDouble(limit);
    case 'enum': {
      const name = field.names[takeVarint()];
      if (name === undefined) unusual = true;
      return name;
    }
    default: {
      const number = takeVarint();
      if (number > 1) unusual = true;
      return number === 1;
    }
  }
}

function takeFields(plan: Plan, limit: number): Values {
  const message: Values = { ...plan.empty };
  for (const name of plan.repeated) message[name] = [];
  let last = 0;
  while (next < limit && !unusual) {
    const tag = takeVarint();
    const field = plan.byTag[tag];
    // Fields out of order or twice: what they come to is for protobufjs to say.
    if (field === undefined || tag < last || (tag === last && !field.repeated)) {
      unusual = true;
      break;
    }
    last = tag;
    const value = takeValue(field, limit);
    if (field.repeated) (message[field.name] as unknown[]).push(value);
    else if (!Object.is(value, field.empty)) message[field.name] = value;
    if (field.oneof !== undefined) {
      if (message[field.oneof] !== undefined) unusual = true;
      message[field.oneof] = field.name;
    }
  }
  if (next !== limit) unusual = true;
  return message;
}

/** @returns undefined for a type with fields of other kinds */
export function plainCodec(
  type: protobuf.Type,
  options: protobuf.IConversionOptions,
): PlainCodec | undefined {
  const plan = planOf(type, options, []);
  if (plan === undefined) return undefined;
  return {
    encode(message) {
      // A getter of the message might encode another, behind what this one has written.
      const start = end;
      try {
        const whole = putFields(message as Values, plan);
        return whole ? Buffer.from(scratch.subarray(start, end)) : undefined;
      } finally {
        end = start;
      }
    },
    decode(bytes) {
      source = Buffer.isBuffer(bytes)
        ? bytes
        : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
      characters = '';
      next = 0;
      unusual = false;
      const message = takeFields(plan, bytes.length);
      return unusual ? undefined : message;
    },
  };
}
