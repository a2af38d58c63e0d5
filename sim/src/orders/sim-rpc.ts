import type { ServiceName } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { RandomStream, RpcDirectory, Timers } from '@ats/runtime';
import type { SimProcess } from './sim-process.ts';

type UnaryHandler = (request: unknown, context: object) => unknown;

interface Served {
  readonly process: SimProcess;
  readonly handlers: Readonly<Record<string, unknown>>;
}

/** How bad the network between processes is. Shares are of calls. */
export interface RpcFaults {
  readonly latencyMsMax: number;
  /** Calls whose request never arrives. */
  readonly requestLostShare: number;
  /** Calls that are done and whose answer never comes back. */
  readonly answerLostShare: number;
}

export const CALM_RPC: RpcFaults = { latencyMsMax: 1, requestLostShare: 0, answerLostShare: 0 };

/**
 * Calls between processes that can be killed, on virtual time. A call of a dead process fails at
 * once, one that is lost on the way at its deadline; the caller cannot tell whether it was done.
 */
export class SimRpcNetwork {
  faults: RpcFaults = CALM_RPC;
  private readonly served = new Map<string, Served>();
  private readonly timers: Timers;
  private readonly random: RandomStream;

  constructor(timers: Timers, random: RandomStream) {
    this.timers = timers;
    this.random = random;
  }

  /** @param local serves and finds what stays within the process, such as streams */
  directoryFor(process: SimProcess, local: RpcDirectory): RpcDirectory {
    return {
      serve: async (name, handlers) => {
        const { fullName } = name;
        await local.serve(name, handlers);
        this.served.set(fullName, { process, handlers: handlers as Served['handlers'] });
        return {
          address: '',
          setServing: () => undefined,
          stop: async () => {
            if (this.served.get(fullName)?.process === process) this.served.delete(fullName);
          },
        };
      },
      client: ((name: ServiceName<unknown>) =>
        new Proxy(
          {},
          {
            get: (_target, method) => (request: unknown, options: { deadlineMs: number }) =>
              this.call({
                from: process,
                service: name.fullName,
                method: String(method),
                request,
                deadlineMs: options.deadlineMs,
              }),
          },
        )) as RpcDirectory['client'],
      duplex: (name, method) => local.duplex(name, method),
      subscribe: (name, method, request, options) =>
        local.subscribe(name, method, request, options),
      close: () => local.close(),
    };
  }

  private call(options: {
    readonly from: SimProcess;
    readonly service: string;
    readonly method: string;
    readonly request: unknown;
    readonly deadlineMs: number;
  }): Promise<unknown> {
    const { from, service, method, deadlineMs } = options;
    const requestLost = this.random.next() < this.faults.requestLostShare;
    const answerLost = this.random.next() < this.faults.answerLostShare;
    const request = structuredClone(options.request);
    return new Promise((resolve, reject) => {
      from.timers.after(deadlineMs, () => reject(failed('RPC_DEADLINE_EXCEEDED', service)));
      if (requestLost) return;
      this.timers.after(this.latencyMs(), () => {
        const server = this.served.get(service);
        if (server === undefined || !server.process.alive) {
          from.timers.after(0, () => reject(failed('RPC_UNAVAILABLE', service)));
          return;
        }
        const handler = server.handlers[method] as UnaryHandler;
        const context = {
          correlationId: `sim-${service}`,
          traceparent: '00-00000000000000000000000000000001-0000000000000001-00',
          signal: new AbortController().signal,
        };
        const done = new Promise((answered) => {
          answered(handler.call(server.handlers, request, context));
        });
        const back = (send: () => void): void => {
          if (answerLost || !server.process.alive) return;
          from.timers.after(this.latencyMs(), send);
        };
        done.then(
          (answer) => back(() => resolve(structuredClone(answer))),
          (error: unknown) => back(() => reject(error)),
        );
      });
    });
  }

  private latencyMs(): number {
    return this.random.next() * this.faults.latencyMsMax;
  }
}

function failed(code: 'RPC_DEADLINE_EXCEEDED' | 'RPC_UNAVAILABLE', service: string): AtsError {
  const retry = code === 'RPC_UNAVAILABLE' ? 'safe' : 'unknown';
  return new AtsError({ code, message: `${service} did not answer`, retry });
}
