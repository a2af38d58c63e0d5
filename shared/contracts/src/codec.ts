import { AtsError } from '@ats/domain';
import type protobuf from 'protobufjs';
import type { WireMessages } from './generated/wire.ts';
import { contractsRoot } from './protos.ts';

/** Turns one message of the contracts into bytes and back. */
export interface WireCodec<Message> {
  readonly fullName: string;
  encode(message: Message): Uint8Array;
  /** @returns the message with every field set. @throws MESSAGE_MALFORMED */
  decode(bytes: Uint8Array): Message;
}

const COMPLETE: protobuf.IConversionOptions = {
  longs: Number,
  enums: String,
  defaults: true,
  arrays: true,
  objects: true,
  oneofs: true,
};

/** The codec of a message by its full name, such as `ats.order.v1.OrderEvent`. */
export function wireCodec<Name extends keyof WireMessages & string>(
  fullName: Name,
): WireCodec<WireMessages[Name]> {
  let found: protobuf.Type | undefined;
  const type = (): protobuf.Type => {
    found ??= contractsRoot().lookupType(fullName);
    return found;
  };
  return {
    fullName,
    encode: (message) => type().encode(type().fromObject(message)).finish(),
    decode(bytes) {
      try {
        return type().toObject(type().decode(bytes), COMPLETE) as WireMessages[Name];
      } catch (cause) {
        throw new AtsError({
          code: 'MESSAGE_MALFORMED',
          message: `${bytes.length} bytes are not a whole ${fullName}`,
          remedy: 'Check that writer and reader use the same version of the contracts.',
          context: { field: fullName, value: `${bytes.length} bytes` },
          cause,
        });
      }
    },
  };
}
