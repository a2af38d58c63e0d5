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
  return codecOf(fullName) as WireCodec<WireMessages[Name]>;
}

/** The codecs of a method's request and response. @param service its full name */
export function methodCodecs(
  service: string,
  method: string,
): { readonly request: WireCodec<object>; readonly response: WireCodec<object> } {
  const found = contractsRoot().lookupService(service).methods[method]?.resolve();
  const { resolvedRequestType, resolvedResponseType } = found as protobuf.Method;
  // What is parsed has a dot before its name.
  const named = (type: protobuf.Type | null): WireCodec<object> =>
    codecOf((type as protobuf.Type).fullName.slice(1));
  return { request: named(resolvedRequestType), response: named(resolvedResponseType) };
}

function codecOf(fullName: string): WireCodec<object> {
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
        return message;
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
