import { ENGINE_SERVICE, RISK_SERVICE } from '@ats/contracts';
import type { RpcAddress } from './dependencies.ts';

/** Where the configuration says that each service listens, by its full name. */
export function rpcAddresses(rpc: {
  readonly riskAddress: string;
  readonly engineAddress: string;
}): Readonly<Record<string, RpcAddress>> {
  return {
    [RISK_SERVICE.fullName]: { address: rpc.riskAddress, field: 'rpc.riskAddress' },
    [ENGINE_SERVICE.fullName]: { address: rpc.engineAddress, field: 'rpc.engineAddress' },
  };
}
