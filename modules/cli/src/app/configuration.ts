import { fileURLToPath } from 'node:url';
import { accessConfigSchema } from '@ats/access';
import { auditConfigSchema } from '@ats/audit-exporter';
import { backtestConfigSchema } from '@ats/backtest';
import { AtsError } from '@ats/domain';
import { notificationConfigSchema } from '@ats/notification';
import { omsConfigSchema } from '@ats/oms-core';
import { gatewayConfigSchema } from '@ats/order-gateway';
import { collectorConfigSchema } from '@ats/price-collector';
import { riskConfigSchema } from '@ats/risk-manager';
import {
  type ConfigLayer,
  crossCheck,
  type LoadedConfig,
  loadConfig,
  parseConfig,
  type SharedConfig,
  sharedConfigSchema,
  sharedConfigShape,
  withLayer as withOneLayer,
} from '@ats/runtime';
import { openSealedConfig } from '@ats/security';
import { engineConfigSchema } from '@ats/trading-engine';
import { dashboardConfigSchema } from '@ats/ui-dashboard';
import { venueGatewayConfigSchema } from '@ats/venue-gateway';
import { simulatorConfigSchema } from '@ats/venue-simulator';
import { z } from 'zod';

/** default.yaml, the profiles' files and schema.json. */
export const CONFIG_FOLDER = fileURLToPath(new URL('../../../../config', import.meta.url));

/** Flags that every command which reads the configuration takes. */
export interface ConfigFlags {
  readonly config?: string;
  readonly set: readonly string[];
  readonly profile?: string;
  readonly mode?: string;
  readonly seed?: number;
}

/** Every section of every module, and nothing else: an unknown key is a mistake. */
export const wholeSchema = z
  .strictObject({
    ...accessConfigSchema.shape,
    ...auditConfigSchema.shape,
    // Its other sections are parts of those of the modules.
    backtest: backtestConfigSchema.shape.backtest,
    ...collectorConfigSchema.shape,
    dashboard: dashboardConfigSchema.shape.dashboard,
    ...engineConfigSchema.shape,
    ...notificationConfigSchema.shape,
    ...omsConfigSchema.shape,
    ...gatewayConfigSchema.shape,
    ...riskConfigSchema.shape,
    // Of which risk has a part alone.
    gateway: gatewayConfigSchema.shape.gateway,
    ...simulatorConfigSchema.shape,
    ...venueGatewayConfigSchema.shape,
    ...sharedConfigShape,
  })
  .superRefine((config, context) => {
    crossCheck(config, ({ path, message }) => {
      context.addIssue({ code: 'custom', path: [...path], message });
    });
  });

const moduleSchemas = [
  backtestConfigSchema,
  collectorConfigSchema,
  engineConfigSchema,
  omsConfigSchema,
  riskConfigSchema,
  sharedConfigSchema,
];

export interface Configuration {
  readonly loaded: LoadedConfig;
  readonly shared: SharedConfig;
}

/** Loads and checks the whole configuration. @throws CONFIG_UNREADABLE, CONFIG_INVALID */
export function loadConfiguration(flags: ConfigFlags): Configuration {
  const loaded = loadLayers(flags);
  return { loaded, shared: parseWhole(loaded) };
}

/** Checks what was loaded by every schema there is. @throws CONFIG_INVALID naming all problems */
export const parseWhole = (loaded: LoadedConfig): SharedConfig =>
  parseConfig(loaded, wholeSchema, moduleSchemas);

/** Notices that were given: a command may read the configuration more than once. */
const told = new Set<string>();

/** Reads all layers, and says on stderr what a person should know of a file of theirs. */
export function loadLayers(
  flags: ConfigFlags,
  onProblem?: (problem: AtsError) => void,
): LoadedConfig {
  const named = (['profile', 'mode', 'seed'] as const).flatMap((key) =>
    flags[key] === undefined ? [] : [`${key}=${flags[key]}`],
  );
  const loaded = loadConfig({
    folder: CONFIG_FOLDER,
    ...(flags.config === undefined ? {} : { file: flags.config }),
    environment: process.env,
    assignments: [...flags.set, ...named],
    openSealed: openSealedConfig,
    ...(onProblem === undefined ? {} : { onProblem }),
  });
  for (const { notice } of loaded.layers) {
    if (notice !== undefined && !told.has(notice)) process.stderr.write(`${notice}\n`);
    told.add(notice ?? '');
  }
  return loaded;
}

/** What decides where a command does not say it. */
export function configuredStrategy({ values }: LoadedConfig): string {
  const { strategy = '' } = values['engine'] as { strategy?: string };
  return strategy;
}

/** The same configuration with one more layer on top. */
export function withLayer(configuration: Configuration, layer: ConfigLayer): Configuration {
  const { loaded } = configuration;
  const next = withOneLayer(loaded, layer);
  return { loaded: next, shared: parseWhole(next) };
}

/** Keeps only the named venues. @throws VENUE_UNKNOWN naming those there are */
export function onlyVenues(configuration: Configuration, names: readonly string[]): Configuration {
  if (names.length === 0) return configuration;
  const known = Object.keys(configuration.shared.venues);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new AtsError({
      code: 'VENUE_UNKNOWN',
      message: `--venue "${unknown}" is not in the configuration`,
      remedy: `Name one of ${known.join(', ')}, or add it under venues.`,
      context: { field: '--venue', value: unknown },
    });
  }
  const venues = Object.fromEntries(known.map((name) => [name, { enabled: names.includes(name) }]));
  return withLayer(configuration, { source: '--venue', values: { venues } });
}
