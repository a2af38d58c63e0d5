import type { AtsError } from '@ats/domain';
import type { Caller, Outcome, RpcGuard } from './caller.ts';
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

/** A person who has logged in acts under that name alone, whatever a request says. */
const inOwnName = (request: object, { kind, name }: Caller): object =>
  kind === 'user' ? (signed(request, name) as object) : request;

function signed(value: unknown, name: string): unknown {
  if (Array.isArray(value)) return value.map((one) => signed(one, name));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).map(([key, inner]) => {
    const actor = key === 'actor' && typeof inner === 'string';
    return [key, actor ? name : signed(inner, name)] as const;
  });
  return Object.fromEntries(entries);
}

function unary(handler: UnaryHandler, of: Guarded): UnaryHandler {
  return (asked, context) => {
    const request = inOwnName(asked, context.caller);
    const tell = admitted(of, context, request);
    if (tell === undefined) return handler(request, context);
    return told({ work: async () => handler(request, context), tell, noted: context });
  };
}

async function told(call: {
  readonly work: () => Promise<object>;
  readonly tell: NonNullable<ReturnType<RpcGuard['admit']>>;
  readonly noted: Omit<Outcome, 'error'>;
}): Promise<object> {
  const { work, tell, noted } = call;
  const ended = (error: AtsError | undefined): void => {
    tell({ error, change: noted.change, foreign: noted.foreign });
  };
  try {
    const answer = await work();
    ended(undefined);
    return answer;
  } catch (thrown) {
    ended(asAtsError(thrown));
    throw thrown;
  }
}

const OPENED: Outcome = { error: undefined, change: undefined, foreign: false };

function serverStream(handler: StreamHandler, of: Guarded): StreamHandler {
  return (asked: object, stream: ServerStream<object>) => {
    const { caller } = stream.context;
    const request = inOwnName(asked, caller);
    admitted(of, stream.context, request)?.(OPENED);
    const onClosed = handler(request, stream);
    const release = of.guard.hold(caller, (error) => stream.end(error));
    return () => {
      release();
      if (typeof onClosed === 'function') onClosed();
    };
  };
}

/** What goes both ways is for services alone, as a test of the rules asserts: nothing is held. */
function duplex(handler: DuplexHandler, of: Guarded): DuplexHandler {
  return (peer: DuplexPeer<object>) => {
    admitted(of, peer.context, undefined)?.(OPENED);
    return handler(peer);
  };
}
