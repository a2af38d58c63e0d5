import type { AccessEntry, AccessLog } from '@ats/security';
import type { Action, Principal } from '../domain/permissions.ts';

/** Where something was asked from and what it was about. */
export interface Asked {
  /** An address. */
  readonly source: string;
  /** A route, or a channel of the stream. */
  readonly target: string;
  readonly correlationId?: string;
}

/** Tells the access log of whoever is turned away, and of what they wanted. */
export class Denials {
  private readonly log: AccessLog;

  constructor(log: AccessLog) {
    this.log = log;
  }

  /** Somebody came without a token that is good. */
  ofStranger(asked: Asked): void {
    const who = { actor: 'unknown', actorKind: 'stranger' } as const;
    const reason = 'REQUEST_UNAUTHENTICATED';
    this.log.write({ ...asked, ...who, action: 'session.use', outcome: 'denied', reason });
  }

  /** @returns the same one, of whom every "no" is told, however the request is then answered */
  watched(principal: Principal, asked: Asked & { readonly action: Action }): Principal {
    const { kind: actorKind, name: actor, role, sessionId } = principal;
    const who = { actor, actorKind, role, sessionId };
    const denied = (what: Pick<AccessEntry, 'action' | 'request'>): false => {
      const reason = 'REQUEST_FORBIDDEN';
      this.log.write({ ...who, ...asked, ...what, outcome: 'denied', reason });
      return false;
    };
    return {
      ...principal,
      may: (action) => principal.may(action) || denied({ action }),
      owns: (accountId) =>
        principal.owns(accountId) || denied({ action: asked.action, request: { accountId } }),
    };
  }
}
