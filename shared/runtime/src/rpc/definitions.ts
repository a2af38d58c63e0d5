import { methodCodecs, PROTO_ROOT, protoFiles } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';

export type Method = MethodDefinition<object, object>;
export type Methods = Readonly<Record<string, Method>>;

let loaded: PackageDefinition | undefined;
/** By the full name of their service: a client is made for nearly every call. */
const quick = new Map<string, Methods>();

/** The contracts as gRPC wants them; parsed once, at the first call. */
export function packageDefinition(): PackageDefinition {
  loaded ??= loadSync([...protoFiles()], {
    includeDirs: [PROTO_ROOT],
    longs: Number,
    enums: String,
    defaults: true,
    oneofs: true,
  });
  return loaded;
}

/** The methods of a service by name. @throws INVARIANT_VIOLATED when there is no such contract */
export function methodsOf(fullName: string, contracts = packageDefinition()): Methods {
  const known = contracts === loaded ? quick.get(fullName) : undefined;
  if (known !== undefined) return known;
  const found = contracts[fullName];
  if (found === undefined || 'format' in found) {
    throw new AtsError({
      code: 'INVARIANT_VIOLATED',
      message: `there is no contract ${fullName}`,
      context: { value: fullName },
    });
  }
  if (contracts !== loaded) return found as Methods;
  const methods = quickly(fullName, found as Methods);
  quick.set(fullName, methods);
  return methods;
}

/** The same methods with this project's own codecs, which are quicker and give the same bytes. */
function quickly(service: string, methods: Methods): Methods {
  const entries = Object.entries(methods).map(([name, method]): [string, Method] => {
    const { request, response } = methodCodecs(service, name);
    return [
      name,
      {
        ...method,
        requestSerialize: (message) => bufferOf(request.encode(message)),
        requestDeserialize: (bytes) => request.decode(bytes),
        responseSerialize: (message) => bufferOf(response.encode(message)),
        responseDeserialize: (bytes) => response.decode(bytes),
      },
    ];
  });
  return Object.fromEntries(entries);
}

const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes);

/** Whether the contract allows a method to be called again after an unknown outcome. */
export function isIdempotent(method: Method): boolean {
  const level: unknown = method.options?.idempotency_level;
  return level === 'NO_SIDE_EFFECTS' || level === 'IDEMPOTENT';
}
