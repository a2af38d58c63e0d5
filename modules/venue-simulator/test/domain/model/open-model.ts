import { fileURLToPath } from 'node:url';
import { listingsOf, loadConfig, parseConfig, seededRandom } from '@ats/runtime';
import { modelParameters } from '../../../src/app/model-parameters.ts';
import { type SimulatorConfig, simulatorConfigSchema } from '../../../src/config.ts';
import { MarketModel } from '../../../src/domain/model/market-model.ts';

export const START_US = 1_700_000_000_000_000;

/** The project's default configuration, with settings of its own if given. */
export function testConfig(assignments: readonly string[] = [], example = ''): SimulatorConfig {
  const inRoot = (path: string): string =>
    fileURLToPath(new URL(`../../../../../${path}`, import.meta.url));
  const file = example === '' ? {} : { file: inRoot(example) };
  const sources = { folder: inRoot('config'), environment: {}, assignments, ...file };
  return parseConfig(loadConfig(sources), simulatorConfigSchema);
}

/** The market that the default configuration describes, from a fixed time. */
export function openModel(seed: number, config = testConfig()): MarketModel {
  return new MarketModel({
    listings: listingsOf(config),
    parameters: modelParameters(config),
    random: seededRandom(seed),
    startUs: START_US,
    stepUs: config.simulator.stepMs * 1000,
  });
}
