export {
  type AccessEntry,
  type AccessLog,
  type OpenAccessLog,
  openAccessLog,
  withoutSecrets,
} from './access-log.ts';
export { mustActFor } from './accounts.ts';
export { writeFileAtomically } from './adapters/atomic-file.ts';
export {
  type Authority,
  issueCertificate,
  makeAuthority,
  openAuthority,
  openTls,
  type TlsFiles,
} from './adapters/certificates.ts';
export { openMasterKeys, renewMasterKeyFile } from './adapters/master-key-file.ts';
export { configKeysOf, openSealedConfig, sealConfigValue } from './adapters/sealed-config.ts';
export { type KeptSecret, readOrMakeSecret, type SecretFile } from './adapters/secret-file.ts';
export { systemEntropy } from './adapters/system-entropy.ts';
export { Vault } from './adapters/vault.ts';
export { ApprovalSeal } from './approval.ts';
export { approvalConfigShape, openApprovalSeal } from './approval-key.ts';
export { APPROVAL_KINDS, type ApprovalKind, requireApproval } from './approval-kinds.ts';
export { type Entropy, newId } from './entropy.ts';
export {
  introspector,
  OPERATOR,
  openGuard,
  serviceCaller,
  sessionLasts,
  WHOLE_SYSTEM,
} from './guard.ts';
export { HeldStreams } from './held-streams.ts';
export { type AccessRule, ruleOf, TRANSPORT_SERVICES } from './method-rules.ts';
export { openOperatorRpc, openReloadAudit, openSystemRpc, secured } from './open-rpc.ts';
export { checkPassword, PasswordHasher } from './passwords.ts';
export {
  PERMISSIONS,
  type Permission,
  permissionsOf,
  ROLE_PERMISSIONS,
  type Role,
  USER_ROLES,
  type UserRole,
} from './permissions.ts';
export { type Claims, newSigningKey, type SigningKey, TokenSigner } from './signed-tokens.ts';
export { digestOf, newBackupCodes, newTotpSecret, qrCodes, totpStep, totpUri } from './totp.ts';
export { TryLimit, type TryLimitOptions } from './try-limit.ts';
