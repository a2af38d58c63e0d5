import { dirname, join, resolve } from 'node:path';
import { AtsError } from '@ats/domain';
import { gatewayConfigSchema } from '@ats/order-gateway';
import { riskConfigSchema } from '@ats/risk-manager';
import { parseConfig } from '@ats/runtime';
import { shownUrl } from '@ats/storage';
import type { Configuration } from '../configuration.ts';

/** The parts of embedded data, in the order in which they are restored. */
export const PARTS = [
  'log',
  'state',
  'audit',
  'ticks',
  'security',
  'approval-key',
  'gateway-token',
  'kill-switch',
  'config',
] as const;
export type PartName = (typeof PARTS)[number];

/** Where each part is on this machine: a folder or a file. Absent where it is not in a folder. */
export type Places = Partial<Readonly<Record<PartName, string>>> & {
  readonly log: string;
  readonly state: string;
};

/** The folder of a URL with this scheme; undefined for any other. */
function folderOf(url: string, scheme: string): string | undefined {
  if (!url.startsWith(`${scheme}:`)) return undefined;
  return resolve(decodeURIComponent(url.slice(scheme.length + 1).replace(/^\/\/(?=\/)/, '')));
}

function embedded(field: string, url: string): string {
  const folder = folderOf(url, 'lmdb');
  if (folder !== undefined) return folder;
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `${field} is "${shownUrl(url)}", which is not in a folder of this machine`,
    remedy: 'Use the own tools of Kafka, DynamoDB and S3 for their data; see docs/backup.md.',
    context: { field, value: shownUrl(url) },
  });
}

/** @throws CONFIG_INVALID where log or state are not embedded */
export function configuredPlaces(configuration: Configuration): Places {
  const { eventLog, stateStore, archive, tickStore, security, killSwitchFile } =
    configuration.shared;
  const { risk } = parseConfig(configuration.loaded, riskConfigSchema);
  const { gateway } = parseConfig(configuration.loaded, gatewayConfigSchema);
  const audit = folderOf(archive.url, 'file');
  const ticks = folderOf(tickStore.url, 'parquet');
  const state = embedded('stateStore.url', stateStore.url);
  return {
    log: embedded('eventLog.url', eventLog.url),
    state,
    ...(audit === undefined ? {} : { audit }),
    ...(ticks === undefined ? {} : { ticks }),
    security: resolve(security.folder),
    'approval-key': resolve(risk.approvalKeyFile),
    'gateway-token': resolve(gateway.tokenFile),
    'kill-switch': resolve(killSwitchFile),
    // Settings are given back beside the data: what they replace is a person's to decide.
    config: join(dirname(state), 'restored-config'),
  };
}

/** All parts under one folder. */
export function placesUnder(folder: string): Required<Places> {
  const root = resolve(folder);
  return Object.fromEntries(PARTS.map((name) => [name, join(root, name)])) as Required<Places>;
}

/** Settings that make a system use these places. */
export function settingsOf(places: Required<Places>): object {
  return {
    eventLog: { url: `lmdb:${places.log}` },
    stateStore: { url: `lmdb:${places.state}` },
    archive: { url: `file:${places.audit}` },
    tickStore: { url: `parquet:${places.ticks}` },
    security: { folder: places.security },
    risk: { approvalKeyFile: places['approval-key'] },
    gateway: { tokenFile: places['gateway-token'] },
    killSwitchFile: places['kill-switch'],
  };
}
