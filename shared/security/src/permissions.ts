/** The closed list of what can be allowed. Rules of methods and routes name these alone. */
export const PERMISSIONS = [
  'system.read',
  'orders.read',
  'orders.submit',
  /** Orders that undo exposure: they pass a halt. */
  'orders.unwind',
  'orders.replace',
  'orders.cancel',
  'balances.read',
  'market.read',
  'engine.control',
  'trades.execute',
  'trades.cancel',
  'risk.check',
  'risk.halt',
  'risk.resume',
  'limits.update',
  'alerts.acknowledge',
  'ledger.reconcile',
  'ledger.confirm',
  'notifications.send',
  'notifications.manage',
  'audit.read',
  'backtests.run',
  'access.own',
  'access.check',
  'users.manage',
  'approvals.read',
  'approvals.decide',
  'config.reload',
  'keys.manage',
  'keys.test',
  'keys.read',
] as const;

export type Permission = (typeof PERMISSIONS)[number];

/** The roles of people. */
export const USER_ROLES = ['viewer', 'trader', 'risk-manager', 'administrator'] as const;
export type UserRole = (typeof USER_ROLES)[number];
export type Role = UserRole | 'service';

const VIEWER: readonly Permission[] = [
  'system.read',
  'orders.read',
  'balances.read',
  'market.read',
  'access.own',
];
const TRADER: readonly Permission[] = [
  ...VIEWER,
  'orders.submit',
  'orders.unwind',
  'orders.replace',
  'orders.cancel',
  'trades.execute',
  'trades.cancel',
  'engine.control',
  'risk.halt',
  'alerts.acknowledge',
  'backtests.run',
];
const RISK_MANAGER: readonly Permission[] = [
  ...VIEWER,
  'orders.cancel',
  'trades.cancel',
  'engine.control',
  'risk.halt',
  'risk.resume',
  'limits.update',
  'alerts.acknowledge',
  'ledger.reconcile',
  'ledger.confirm',
  'notifications.send',
  'notifications.manage',
  'audit.read',
  'backtests.run',
  'approvals.read',
  'approvals.decide',
];

/** What the processes of the system ask of each other, and no more. */
const SERVICE: readonly Permission[] = [
  'system.read',
  'orders.read',
  'orders.submit',
  'orders.unwind',
  'orders.replace',
  'orders.cancel',
  'balances.read',
  'market.read',
  'risk.check',
  'risk.halt',
  'ledger.reconcile',
  'notifications.send',
  'access.own',
  'access.check',
  'keys.read',
];

const ofServices: readonly Permission[] = ['risk.check', 'access.check', 'keys.read'];

/** What each role may do. An administrator may do all that a person can. */
export const ROLE_PERMISSIONS: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  viewer: new Set(VIEWER),
  trader: new Set(TRADER),
  'risk-manager': new Set(RISK_MANAGER),
  administrator: new Set(PERMISSIONS.filter((one) => !ofServices.includes(one))),
  service: new Set(SERVICE),
};

const NONE: ReadonlySet<Permission> = new Set();

/** What a role allows; nothing for a name that is no role. */
export const permissionsOf = (role: string): ReadonlySet<Permission> =>
  Object.hasOwn(ROLE_PERMISSIONS, role) ? ROLE_PERMISSIONS[role as Role] : NONE;
