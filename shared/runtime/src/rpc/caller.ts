import type { AtsError } from '@ats/domain';

/** Who calls, once it is known. */
export interface Caller {
  /** `operator` is whoever may read the operator's key on the machine. */
  readonly kind: 'user' | 'operator' | 'service';
  readonly name: string;
  readonly role: string;
  /** Empty where there is no session. */
  readonly sessionId: string;
  /** An address, or `process` for a call within it. */
  readonly source: string;
  /** Until when dangerous actions are taken, microseconds since the epoch; 0 when they are not. */
  readonly steppedUpUntilUs: number;
  /** Accounts it may see and trade for; `*` for all. */
  readonly accounts: readonly string[];
}

/** What the transport knows of the other side. */
export interface Peer {
  /** The name in its certificate; absent without one that our authority has signed. */
  readonly certificateName: string | undefined;
  /** The header `authorization`, if it was sent. */
  readonly authorization: string | undefined;
  /** Where the other side says that the person is for whom it calls; not believed as such. */
  readonly personSource?: string | undefined;
  /** Where the call came from. */
  readonly source: string;
}

/** A call as the guard sees it. */
export interface GuardedCall {
  readonly caller: Caller;
  readonly correlationId: string;
  /** The service's full name. */
  readonly service: string;
  readonly method: string;
  /** Absent for a bidirectional stream. */
  readonly request: object | undefined;
}

/** What a call has changed, for the record: states as the handler saw them, without secrets. */
export interface Change {
  readonly before: unknown;
  readonly after: unknown;
}

/** How a call went. */
export interface Outcome {
  readonly error: AtsError | undefined;
  readonly change: Change | undefined;
}

/**
 * Says who a caller is and what it may do. Asked once for each call, and once for a stream when
 * it opens: never for a message.
 */
export interface RpcGuard {
  /** Who this process is, to the services in it. */
  readonly self: Caller;
  /** Without a promise where none is needed. @throws REQUEST_UNAUTHENTICATED */
  identify(peer: Peer): Caller | Promise<Caller>;
  /**
   * What is to be called with the outcome of a call, where the outcome is for the record.
   * @throws REQUEST_FORBIDDEN, ACCESS_STEP_UP_REQUIRED
   */
  admit(call: GuardedCall): ((outcome: Outcome) => void) | undefined;
  /**
   * Takes note of an open stream: `end` is called once its caller's session is over.
   * @returns what is to be called when the stream has ended
   */
  hold(caller: Caller, end: (error: AtsError) => void): () => void;
}

const NOBODY_IN_PARTICULAR: Caller = {
  kind: 'service',
  name: 'unguarded',
  role: 'service',
  sessionId: '',
  source: 'process',
  steppedUpUntilUs: 0,
  accounts: ['*'],
};

/**
 * Admits everybody to everything: for tests, benches and compositions that nobody else can call,
 * which say so by naming it.
 */
export const UNGUARDED: RpcGuard = {
  self: NOBODY_IN_PARTICULAR,
  identify: () => NOBODY_IN_PARTICULAR,
  admit: () => undefined,
  hold: () => () => {},
};
