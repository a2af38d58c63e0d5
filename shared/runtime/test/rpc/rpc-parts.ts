import { Writable } from 'node:stream';
import { RISK_SERVICE, type WireMessages, type WireServices } from '@ats/contracts';
import {
  type Metrics,
  openLogger,
  openMetrics,
  openRpcDirectory,
  type RpcDirectory,
  type RpcDirectoryOptions,
  type RpcHandlers,
  type RpcServing,
  seededRandom,
  systemClock,
  systemTimers,
  UNGUARDED,
} from '../../src/index.ts';

export type RiskHandlers = RpcHandlers<WireServices['ats.risk.v1.RiskService']>;
export type StreamRequest = WireMessages['ats.risk.v1.CheckOpportunityStreamRequest'];
export type StreamResponse = WireMessages['ats.risk.v1.CheckOpportunityStreamResponse'];

export const FIELD = 'rpc.riskAddress';

export function quietMetrics(): Metrics {
  return openMetrics({ service: 'test', processMetrics: false });
}

export function openQuietDirectory(
  address: string,
  options: Partial<RpcDirectoryOptions> = {},
): RpcDirectory {
  const destination = new Writable({ write: (_chunk, _encoding, done) => done() });
  return openRpcDirectory({
    guard: UNGUARDED,
    addresses: address === '' ? {} : { [RISK_SERVICE.fullName]: { address, field: FIELD } },
    clock: systemClock,
    timers: systemTimers,
    logger: openLogger({ service: 'test', level: 'silent', destination }),
    metrics: quietMetrics(),
    random: seededRandom(1),
    ...options,
  });
}

export const status = (haltReason: string): WireMessages['ats.risk.v1.GetRiskStatusResponse'] => ({
  halted: false,
  haltReason,
  haltedBy: '',
  haltedAtUs: 0,
  decisions: [],
  rateAvailable: 0,
  resumeActors: [],
  resumePersons: 1,
  mode: 'HALT_MODE_UNSPECIFIED',
  changes: [],
});

const never = (): never => {
  throw new Error('not asked here');
};

/** Handlers that answer with little; a test replaces what it is about. */
export function riskHandlers(changes: Partial<RiskHandlers> = {}): RiskHandlers {
  return {
    CheckOpportunity: () => ({ decision: null, approval: '' }),
    CheckOpportunityStream: (peer) => ({
      onMessage: ({ correlationId }) =>
        void peer.send({ correlationId, decision: null, approval: '' }),
      onClosed: () => {},
    }),
    CheckOrders: () => ({ decision: null, approval: '' }),
    PreviewOrders: never,
    GetRiskStatus: () => status(''),
    GetPositions: () => ({ positions: [] }),
    GetCountedFills: () => ({ orders: [] }),
    GetPnL: never,
    EmergencyHalt: () => ({ mode: 'HALT_MODE_HALTED' }),
    ResumeTrading: () => ({ halted: false, personsMissing: 0, mode: 'HALT_MODE_UNSPECIFIED' }),
    StreamPositionUpdates: never,
    GetRiskLimits: never,
    UpdateRiskLimits: never,
    GetRiskAlerts: never,
    AcknowledgeAlert: never,
    StreamRiskAlerts: never,
    ...changes,
  };
}

export interface RpcPair {
  readonly client: RpcDirectory;
  readonly serving: RpcServing;
  close(): Promise<void>;
}

export type OpenPair = (
  handlers: RiskHandlers,
  options?: Partial<RpcDirectoryOptions>,
) => Promise<RpcPair>;

export const openDirectPair: OpenPair = async (handlers, options) => {
  const client = openQuietDirectory('', options);
  const serving = await client.serve(RISK_SERVICE, handlers);
  return { client, serving, close: () => client.close() };
};

export const openGrpcPair: OpenPair = async (handlers, options) => {
  const server = openQuietDirectory('127.0.0.1:0', options);
  const serving = await server.serve(RISK_SERVICE, handlers);
  const client = openQuietDirectory(serving.address, options);
  const close = async (): Promise<void> => {
    await client.close();
    await server.close();
  };
  return { client, serving, close };
};
