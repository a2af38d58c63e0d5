import type { ApprovalKind } from '@ats/security';

/** Who limits halt trading as, by themselves. */
export const AUTOMATIC = 'the limits';

/** Goes on when nobody else need approve a change, or has. @throws ACCESS_APPROVAL_PENDING */
export type SecondPerson = (wanted: {
  readonly kind: ApprovalKind;
  readonly subject: string;
  readonly summary: string;
  readonly requestedBy: string;
}) => Promise<void>;
