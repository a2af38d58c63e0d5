import type { ServiceName, WireServices } from '@ats/contracts';
import type { AtsError } from '@ats/domain';
import type { RpcDirectory, RpcSubscription } from '@ats/runtime';
import type { PersonCall } from '../logins.ts';
import { type ExposedMethod, exposedMethod } from '../methods.ts';
import { asProblemError } from '../problem.ts';
import { LATEST_PLANS, type LatestPlan, type LatestSink, LatestSource } from './latest-source.ts';
import type { StreamSession, Subscription } from './stream-session.ts';

/**
 * Streams that are the same for everybody who may see them are opened once, as this server's own.
 * Whether a person may is asked of the service: by a call of that person that needs the same.
 */
const ADMITTED_BY: Readonly<Record<string, string>> = {
  'ats.marketdata.v1.MarketDataService/StreamQuotes':
    'ats.marketdata.v1.MarketDataService/GetMarkets',
  'ats.marketdata.v1.MarketDataService/StreamBook':
    'ats.marketdata.v1.MarketDataService/GetMarkets',
  'ats.opportunity.v1.EngineService/StreamSpreadMatrix':
    'ats.opportunity.v1.EngineService/GetSpreadMatrix',
};

export interface HubOptions {
  readonly rpc: RpcDirectory;
  readonly deadlineMs: number;
  readonly onLimit: (limit: 'items') => void;
}

export interface Wanted {
  readonly session: StreamSession;
  readonly id: string;
  readonly method: string;
  readonly request: unknown;
  readonly person: PersonCall;
  readonly correlationId: string;
}

interface Opened {
  readonly source: LatestSource;
  readonly upstream: RpcSubscription;
}

type AnyClient = Readonly<Record<string, (request: object, options: object) => Promise<object>>>;

const named = (fullName: string): ServiceName<unknown> => ({ fullName });

/** Streams of services, handed to the sessions that asked for them. */
export class StreamHub {
  private readonly options: HubOptions;
  private readonly shared = new Map<string, Opened>();
  private readonly own = new Set<LatestSource>();
  /** Times that latest values had to wait for a browser's room. */
  passedOver = 0;

  constructor(options: HubOptions) {
    this.options = options;
  }

  /** Streams that are open once for all who asked for the same. */
  get sharedCount(): number {
    return this.shared.size;
  }

  /** @throws ROUTE_UNKNOWN, REQUEST_INVALID, or what the service says of the person */
  async subscribe(wanted: Wanted): Promise<Subscription> {
    const method = exposedMethod(wanted.method, 'stream');
    const request = method.requestOf(wanted.request);
    const admittedBy = ADMITTED_BY[method.path];
    if (admittedBy !== undefined) {
      await this.admit(admittedBy, wanted);
      return this.joinShared(method, request, wanted);
    }
    const plan = LATEST_PLANS[method.path];
    if (plan === undefined) return this.openEvents(method, request, wanted);
    const source = this.latest(plan, method);
    const upstream = this.open(method, request, {
      ...wanted,
      onMessage: (message) => source.take(message),
      onEnd: (error) => {
        source.flush();
        this.own.delete(source);
        wanted.session.over(wanted.id, error, wanted.correlationId);
      },
    });
    this.own.add(source);
    return join(source, wanted, () => {
      this.own.delete(source);
      upstream.close();
    });
  }

  /** Tells everybody of what has changed. */
  flush(): void {
    for (const { source } of this.shared.values()) this.passedOver += source.flush();
    for (const source of this.own) this.passedOver += source.flush();
  }

  close(): void {
    for (const { upstream } of this.shared.values()) upstream.close();
    this.shared.clear();
    this.own.clear();
  }

  private async admit(path: string, { person, correlationId }: Wanted): Promise<void> {
    const { service, method, requestOf } = exposedMethod(path, 'call');
    const client = this.options.rpc.client(named(service)) as unknown as AnyClient;
    const { deadlineMs } = this.options;
    await client[method]?.(requestOf({}), { deadlineMs, ...person, correlationId });
  }

  private joinShared(method: ExposedMethod, request: object, wanted: Wanted): Subscription {
    const key = `${method.path} ${JSON.stringify(request)}`;
    const { source } = this.shared.get(key) ?? this.openShared(key, method, request);
    return join(source, wanted, () => {
      if (source.sinks.size > 0) return;
      this.shared.get(key)?.upstream.close();
      this.shared.delete(key);
    });
  }

  private latest(plan: LatestPlan, { responseText: textOf }: ExposedMethod): LatestSource {
    return new LatestSource({ plan, textOf, onLimit: this.options.onLimit });
  }

  private openShared(key: string, method: ExposedMethod, request: object): Opened {
    const source = this.latest(LATEST_PLANS[method.path] as LatestPlan, method);
    const upstream = this.open(method, request, {
      onMessage: (message) => source.take(message),
      onEnd: (error) => {
        this.shared.delete(key);
        for (const sink of source.sinks) sink.fail(error);
      },
    });
    const opened = { source, upstream };
    this.shared.set(key, opened);
    return opened;
  }

  private openEvents(method: ExposedMethod, request: object, wanted: Wanted): Subscription {
    const { session, id, correlationId } = wanted;
    const upstream = this.open(method, request, {
      ...wanted,
      onMessage: (message) => session.event(id, method.responseText(message)),
      onEnd: (error) => session.over(id, error, correlationId),
    });
    return { cancel: () => upstream.close(), refresh: () => undefined };
  }

  private open(
    { service, method }: ExposedMethod,
    request: object,
    how: {
      readonly person?: PersonCall;
      readonly correlationId?: string;
      readonly onMessage: (message: object) => void;
      readonly onEnd: (error: AtsError | undefined) => void;
    },
  ): RpcSubscription {
    const { rpc, deadlineMs } = this.options;
    const { person, correlationId, onMessage, onEnd } = how;
    // The names were looked up in the contracts; the types of all of them have nothing in common.
    const subscribe = rpc.subscribe.bind(rpc) as unknown as (
      name: ServiceName<WireServices>,
      method: string,
      request: object,
      options: object,
    ) => RpcSubscription;
    return subscribe(named(service) as ServiceName<WireServices>, method, request, {
      deadlineMs,
      ...person,
      ...(correlationId === undefined ? {} : { correlationId }),
      onMessage,
      onEnd,
    });
  }
}

/** Tells one session of a source until it is cancelled. */
function join(source: LatestSource, wanted: Wanted, left: () => void): Subscription {
  const { session, id, correlationId } = wanted;
  const sink: LatestSink = {
    ...{ id, version: 0 },
    get ready() {
      return session.ready;
    },
    sendLatest: (frame) => session.sendLatest(frame),
    fail(error) {
      source.sinks.delete(sink);
      session.over(id, error === undefined ? undefined : asProblemError(error), correlationId);
    },
  };
  source.sinks.add(sink);
  return {
    cancel() {
      source.sinks.delete(sink);
      left();
    },
    refresh() {
      sink.version = 0;
    },
  };
}
