import { PROTO_ROOT, protoFiles } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import { loadSync, type MethodDefinition, type PackageDefinition } from '@grpc/proto-loader';

export type Method = MethodDefinition<object, object>;
export type Methods = Readonly<Record<string, Method>>;

let loaded: PackageDefinition | undefined;

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
  const found = contracts[fullName];
  if (found === undefined || 'format' in found) {
    throw new AtsError({
      code: 'INVARIANT_VIOLATED',
      message: `there is no contract ${fullName}`,
      context: { value: fullName },
    });
  }
  return found as Methods;
}

/** Whether the contract allows a method to be called again after an unknown outcome. */
export function isIdempotent(method: Method): boolean {
  const level: unknown = method.options?.idempotency_level;
  return level === 'NO_SIDE_EFFECTS' || level === 'IDEMPOTENT';
}
