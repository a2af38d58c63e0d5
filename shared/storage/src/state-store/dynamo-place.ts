import { AtsError } from '@ats/domain';
import { shownUrl } from '../shown-url.ts';

/** Where the tables are. */
export interface DynamoPlace {
  readonly region: string;
  /** Of DynamoDB Local; undefined for AWS. */
  readonly endpoint: string | undefined;
  /** What the names of the tables begin with. */
  readonly prefix: string;
  /** Whether missing tables are made; otherwise they must be there. */
  readonly createsTables: boolean;
}

const PREFIX = /^[A-Za-z0-9_.-]{0,100}$/;
const REMEDY =
  'Write dynamodb://region for AWS or dynamodb+http://host:port for DynamoDB Local, with ' +
  '?prefix=ats- for the names of the tables and ?create=true to make missing ones.';

function invalid(url: string, why: string): AtsError {
  const value = shownUrl(url);
  return new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `stateStore.url: "${value}" ${why}`,
    remedy: REMEDY,
    context: { field: 'stateStore.url', value },
  });
}

/**
 * Reads `dynamodb://eu-west-1`, or `dynamodb+http://127.0.0.1:8000` for DynamoDB Local.
 *
 * @throws STORAGE_URL_INVALID
 */
export function dynamoPlace(url: string): DynamoPlace {
  const scheme = /^(dynamodb(?:\+https?)?):\/\//i.exec(url)?.[1]?.toLowerCase();
  if (scheme === undefined) throw invalid(url, 'is not a place of DynamoDB');
  const http = `http${url.slice(url.indexOf(':'))}`;
  if (!URL.canParse(http)) throw invalid(url, 'cannot be read');
  const { hostname, host, pathname, searchParams, username } = new URL(http);
  if (username !== '') throw invalid(url, 'names a user: credentials come from the environment');
  if (pathname !== '' && pathname !== '/') throw invalid(url, 'has a path');
  const unknown = [...searchParams.keys()].find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw invalid(url, `has the unknown option "${unknown}"`);
  const local = scheme !== 'dynamodb';
  const region = local ? (searchParams.get('region') ?? 'local') : hostname;
  if (!local && !/^[a-z]{2}(-[a-z]+)+-\d$/.test(region)) throw invalid(url, 'names no region');
  const prefix = searchParams.get('prefix') ?? 'ats-';
  if (!PREFIX.test(prefix)) throw invalid(url, 'has a prefix that no table can have');
  const create = searchParams.get('create') ?? String(local);
  if (create !== 'true' && create !== 'false') throw invalid(url, 'has a create that is no yes');
  const endpoint = local ? `${scheme.slice('dynamodb+'.length)}://${host}` : undefined;
  return { region, endpoint, prefix, createsTables: create === 'true' };
}

const OPTIONS = ['prefix', 'create', 'region'];
