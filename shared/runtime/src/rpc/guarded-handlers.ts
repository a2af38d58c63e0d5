import type { RpcGuard } from './caller.ts';
import type { Methods } from './definitions.ts';
import type { DuplexHandler, UnaryHandler } from './direct.ts';
import type { CallContext, DuplexPeer, ServerStream } from './directory.ts';
import type { StreamHandler } from './served-stream.ts';
import { asAtsError } from './status-table.ts';

type Handlers = Readonly<Record<string, unknown>>;
interface Guarded {
  readonly service: string;
  readonly method: string;
  readonly guard: RpcGuard;
}

/** The handlers of a service behind the guard: the same ones for both ways to the caller. */
export function guardedHandlers(
  served: { readonly service: string; readonly methods: Methods; readonly handlers: Handlers },
  guard: RpcGuard,
): Handlers {
  const { service, methods, handlers } = served;
  const entries = Object.entries(methods).map(([method, { requestStream, responseStream }]) => {
    const of = { service, method, guard };
    const handler = handlers[method];
    if (handler === undefined) return [method, undefined] as const;
    if (requestStream) return [method, duplex(handler as DuplexHandler, of)] as const;
    if (responseStream) return [method, serverStream(handler as StreamHandler, of)] as const;
    return [method, unary(handler as UnaryHandler, of)] as const;
  });
  return Object.fromEntries(entries);
}

function admitted({ guard, ...of }: Guarded, context: CallContext, request: object | undefined) {
  const { caller, correlationId } = context;
  return guard.admit({ ...of, caller, correlationId, request });
}

function unary(handler: UnaryHandler, of: Guarded): UnaryHandler {
  return (request, context) => {
    const tell = admitted(of, context, request);
    if (tell === undefined) return handler(request, context);
    return told(async () => handler(request, context), tell);
  };
}

async function told(
  work: () => Promise<object>,
  tell: NonNullable<ReturnType<RpcGuard['admit']>>,
): Promise<object> {
  try {
    const answer = await work();
    tell(undefined, answer);
    return answer;
  } catch (thrown) {
    tell(asAtsError(thrown));
    throw thrown;
  }
}

function serverStream(handler: StreamHandler, of: Guarded): StreamHandler {
  return (request: object, stream: ServerStream<object>) => {
    admitted(of, stream.context, request)?.(undefined);
    return handler(request, stream);
  };
}

function duplex(handler: DuplexHandler, of: Guarded): DuplexHandler {
  return (peer: DuplexPeer<object>) => {
    admitted(of, peer.context, undefined)?.(undefined);
    return handler(peer);
  };
}
