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
  mergeLayers,
  parseConfig,
  type SharedConfig,
  sharedConfigShape,
} from '@ats/runtime';
import { engineConfigSchema } from '@ats/trading-engine';
import { dashboardConfigSchema } from '@ats/ui-dashboard';
import { venueGatewayConfigSchema } from '@ats/venue-gateway';
import { simulatorConfigSchema } from '@ats/venue-simulator';
import { z } from 'zod';

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
];

export interface Configuration {
  readonly loaded: LoadedConfig;
  readonly shared: SharedConfig;
}

/** Loads and checks the whole configuration. @throws CONFIG_UNREADABLE, CONFIG_INVALID */
export function loadConfiguration(flags: ConfigFlags): Configuration {
  const named = (['profile', 'mode', 'seed'] as const).flatMap((key) =>
    flags[key] === undefined ? [] : [`${key}=${flags[key]}`],
  );
  const loaded = loadConfig({
    folder: fileURLToPath(new URL('../../../../config', import.meta.url)),
    ...(flags.config === undefined ? {} : { file: flags.config }),
    environment: process.env,
    assignments: [...flags.set, ...named],
  });
  return { loaded, shared: parseConfig(loaded, wholeSchema, moduleSchemas) };
}

/** What decides where a command does not say it. */
export function configuredStrategy({ values }: LoadedConfig): string {
  const { strategy = '' } = values['engine'] as { strategy?: string };
  return strategy;
}

/** The same configuration with one more layer on top. */
export function withLayer(configuration: Configuration, layer: ConfigLayer): Configuration {
  const { loaded } = configuration;
  const layers = [...loaded.layers, layer];
  const next = { layers, values: mergeLayers(layers) };
  return { loaded: next, shared: parseConfig(next, wholeSchema, moduleSchemas) };
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
