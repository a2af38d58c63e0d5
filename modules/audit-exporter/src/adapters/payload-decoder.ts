import { contractsRoot } from '@ats/contracts';
import type { DecodePayload } from '../domain/record-line.ts';

type Reader = (bytes: Uint8Array) => unknown;

/** As in proto3's JSON mapping: 64-bit integers are texts, enums their names, bytes base64. */
const AS_JSON = {
  longs: String,
  enums: String,
  bytes: String,
  defaults: true,
  arrays: true,
  objects: true,
  json: true,
} as const;

/** Reads payloads by the contracts. Every failure is an answer: nothing throws. */
export function payloadDecoder(): DecodePayload {
  const readers = new Map<string, Reader>();
  const readerOf = (schema: string): Reader => {
    let reader = readers.get(schema);
    if (reader === undefined) {
      const type = contractsRoot().lookupType(schema);
      reader = (bytes) => type.toObject(type.decode(bytes), AS_JSON);
      // Only contracts get here: the map is as bounded as they are.
      readers.set(schema, reader);
    }
    return reader;
  };
  return (schema, bytes) => {
    let reader: Reader;
    try {
      reader = readerOf(schema);
    } catch {
      return { kind: 'undecodable', problem: `no message is called "${schema}"` };
    }
    try {
      return { kind: 'decoded', value: reader(bytes) };
    } catch {
      return { kind: 'undecodable', problem: `${bytes.length} bytes are not a whole ${schema}` };
    }
  };
}
