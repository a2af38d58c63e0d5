export type { RiskGate } from './risk-gate.ts';
