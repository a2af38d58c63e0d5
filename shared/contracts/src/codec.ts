import { AtsError } from '@ats/domain';
import type protobuf from 'protobufjs';
import type { WireMessages } from './generated/wire.ts';
import { type PlainCodec, plainCodec } from './plain-codec.ts';
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
  // Reading the contracts takes a while, and not every codec of a process is used.
  let opened: { readonly type: protobuf.Type; readonly plain: PlainCodec | undefined } | undefined;
  const codec = () => {
    if (opened === undefined) {
      const type = contractsRoot().lookupType(fullName);
      opened = { type, plain: plainCodec(type, COMPLETE) };
    }
    return opened;
  };
  return {
    fullName,
    encode(message) {
      const { type, plain } = codec();
      return plain?.encode(message) ?? type.encode(type.fromObject(message)).finish();
    },
    decode(bytes) {
      const { type, plain } = codec();
      try {
        const message = plain?.decode(bytes) ?? type.toObject(type.decode(bytes), COMPLETE);
        return message as WireMessages[Name];
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
