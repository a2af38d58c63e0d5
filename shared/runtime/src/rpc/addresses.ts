import {
  ACCESS_SERVICE,
  AUDIT_SERVICE,
  BACKTEST_SERVICE,
  CONFIG_SERVICE,
  ENGINE_SERVICE,
  INVENTORY_SERVICE,
  LEDGER_SERVICE,
  MARKET_DATA_SERVICE,
  NOTIFICATION_SERVICE,
  ORDER_SERVICE,
  RISK_SERVICE,
  VENUE_SERVICE,
} from '@ats/contracts';
import type { RpcAddress } from './dependencies.ts';

/** The keys in `rpc` of the configuration, and the services that listen at each. */
const FIELDS = {
  riskAddress: [RISK_SERVICE, INVENTORY_SERVICE],
  engineAddress: [ENGINE_SERVICE],
  orderAddress: [ORDER_SERVICE],
  ledgerAddress: [LEDGER_SERVICE],
  venueAddress: [VENUE_SERVICE],
  auditAddress: [AUDIT_SERVICE],
  notificationAddress: [NOTIFICATION_SERVICE],
  accessAddress: [ACCESS_SERVICE, CONFIG_SERVICE],
  backtestAddress: [BACKTEST_SERVICE],
  marketDataAddress: [MARKET_DATA_SERVICE],
} as const;

/** Where the configuration says that each service listens, by its full name. */
export function rpcAddresses(
  rpc: Readonly<Record<keyof typeof FIELDS, string>>,
): Readonly<Record<string, RpcAddress>> {
  return Object.fromEntries(
    Object.entries(FIELDS).flatMap(([field, services]) => {
      const at = { address: rpc[field as keyof typeof FIELDS], field: `rpc.${field}` };
      return services.map(({ fullName }) => [fullName, at]);
    }),
  );
}
