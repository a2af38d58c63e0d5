import type { WireServices } from '@ats/contracts';
import { AtsError } from '@ats/domain';
import type { RpcClient } from '@ats/runtime';

/** What the configuration can ask a second person for. */
export const APPROVAL_KINDS = ['limits.raise', 'risk.resume', 'keys.live', 'mode.live'] as const;
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

/**
 * Goes on when the change needs nobody else, or when another person has approved it, which is
 * used up by that. @throws ACCESS_APPROVAL_PENDING
 */
export async function requireApproval(
  access: Pick<RpcClient<WireServices['ats.access.v1.AccessService']>, 'ClaimApproval'>,
  wanted: {
    readonly kind: ApprovalKind;
    /** The exact change: an approval is good for this alone. */
    readonly subject: string;
    readonly summary: string;
    readonly requestedBy: string;
  },
  deadlineMs: number,
): Promise<void> {
  const claimed = access.ClaimApproval(wanted, { deadlineMs });
  const { state, approvalId } = await claimed.catch((cause: unknown) => {
    throw unanswered(cause);
  });
  if (state === 'granted' || state === 'not-needed') return;
  throw approvalMissing({ state, approvalId, summary: wanted.summary });
}

function approvalMissing(about: {
  readonly state: string;
  readonly approvalId: string;
  readonly summary: string;
}): AtsError {
  const { state, approvalId, summary } = about;
  const rejected = state === 'rejected';
  return new AtsError({
    code: 'ACCESS_APPROVAL_PENDING',
    message: rejected
      ? `another person has rejected it: ${summary}`
      : `a second person must approve it: ${summary}`,
    remedy: rejected
      ? 'Talk to them; it can be asked for again once it has expired.'
      : `Another person runs "ats approvals approve ${approvalId}"; then repeat the request.`,
    context: { field: 'approval_id', value: approvalId },
  });
}

/** Fails closed: without an answer nothing is loosened. */
function unanswered(cause: unknown): AtsError {
  return new AtsError({
    code: 'ACCESS_APPROVAL_PENDING',
    message: 'the access service does not say whether a second person must approve it',
    remedy: 'Start it, or look at its log; then repeat the request.',
    retry: 'safe',
    context: { field: 'approval_id', value: '' },
    cause,
  });
}
