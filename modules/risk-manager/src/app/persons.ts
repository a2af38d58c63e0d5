import type { Caller } from '@ats/runtime';
import type { ApprovalKind } from '@ats/security';
import { requiredText } from './request-fields.ts';

/** Who limits halt trading as, by themselves. */
export const AUTOMATIC = 'the limits';

/** Goes on when nobody else need approve a change, or has. @throws ACCESS_APPROVAL_PENDING */
export type SecondPerson = (wanted: {
  readonly kind: ApprovalKind;
  readonly subject: string;
  readonly summary: string;
  readonly requestedBy: string;
}) => Promise<void>;

/** A person who has logged in acts under that name alone, whatever the request says. */
export const actorOf = (said: string, { kind, name }: Caller): string =>
  kind === 'user' ? name : requiredText('actor', said);
