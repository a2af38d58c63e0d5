export { type KeptSecret, readOrMakeSecret, type SecretFile } from './adapters/secret-file.ts';
export { ApprovalSeal } from './approval.ts';
export { approvalConfigShape, openApprovalSeal } from './approval-key.ts';
