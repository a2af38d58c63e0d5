import { Secret } from '@ats/domain';
import { z } from 'zod';
import { readOrMakeSecret } from './adapters/secret-file.ts';
import { ApprovalSeal } from './approval.ts';

/** Shortest key taken, in characters: 32 of base64 are 192 bits. */
const KEY_LENGTH_MIN = 32;

/** What risk and the order gateway both read of section `risk`. */
export const approvalConfigShape = {
  approvalKey: z
    .string()
    .min(KEY_LENGTH_MIN, `expected a secret of ${KEY_LENGTH_MIN} characters or more`)
    .transform((text) => new Secret(text))
    .optional()
    .describe(
      'Signs approvals; risk and the order gateway share it. Absent: a key is made at ' +
        'the first start.',
    ),
  approvalKeyFile: z
    .string()
    .min(1)
    .describe('Where the key is kept that is made when none is configured.'),
} as const;

/** The key that the configuration names, or the one in its file. @throws CONFIG_INVALID */
export function openApprovalSeal(config: {
  readonly approvalKey?: Secret | undefined;
  readonly approvalKeyFile: string;
}): ApprovalSeal {
  const { approvalKey, approvalKeyFile: path } = config;
  if (approvalKey !== undefined) return new ApprovalSeal(approvalKey.reveal());
  const field = 'risk.approvalKeyFile';
  const remedy = 'Remove the file to have a new key made, or configure risk.approvalKey.';
  return new ApprovalSeal(readOrMakeSecret({ path, field, remedy }).text);
}
