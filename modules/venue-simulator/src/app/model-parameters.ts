import type { SimulatorConfig } from '../config.ts';
import type { ModelParameters } from '../domain/model/parameters.ts';

/** The market model's part of the configuration. */
export function modelParameters({ simulator }: SimulatorConfig): ModelParameters {
  const { assets, money, venues, dislocations, rate, levels } = simulator;
  return { assets, money, venues, dislocations, rate, levels };
}
