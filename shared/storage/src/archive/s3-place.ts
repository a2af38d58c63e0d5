import { AtsError } from '@ats/domain';

/** Where an archive's objects are. */
export interface S3Place {
  readonly bucket: string;
  /** What every object's key begins with: empty, or ends in `/`. */
  readonly prefix: string;
  readonly region: string;
  /** Of a server that is not AWS; undefined for AWS. */
  readonly endpoint: string | undefined;
  /** How long each object may not be deleted; undefined leaves it to the bucket's own rule. */
  readonly retentionDays: number | undefined;
}

const OPTIONS = ['endpoint', 'region', 'retentionDays'];
const REMEDY =
  'Write s3://bucket/prefix?region=eu-west-1, with &endpoint=http://host:port for a server that ' +
  'is not AWS and &retentionDays=365 to lock each object. Credentials come from the environment.';
const DAYS_MAX = 36_500;

function invalid(url: string, why: string): AtsError {
  const value = url.replace(/\/\/[^/]*@/g, '//***@');
  return new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `archive.url: "${value}" ${why}`,
    remedy: REMEDY,
    context: { field: 'archive.url', value },
  });
}

/** Reads `s3://bucket/prefix?region=...`. @throws STORAGE_URL_INVALID */
export function s3Place(url: string): S3Place {
  if (!URL.canParse(url)) throw invalid(url, 'cannot be read');
  const { protocol, host, pathname, searchParams, username } = new URL(url);
  if (protocol !== 's3:' || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(host)) {
    throw invalid(url, 'names no bucket');
  }
  if (username !== '') throw invalid(url, 'names a user');
  const unknown = [...searchParams.keys()].find((key) => !OPTIONS.includes(key));
  if (unknown !== undefined) throw invalid(url, `has the unknown option "${unknown}"`);
  const folder = decodeURIComponent(pathname).replace(/^\/|\/$/g, '');
  if (!/^[A-Za-z0-9=_+./-]*$/.test(folder) || folder.length > 200) {
    throw invalid(url, 'has a prefix that no object can have');
  }
  const endpoint = searchParams.get('endpoint') ?? undefined;
  if (endpoint !== undefined && !/^https?:\/\/[^@/]+\/?$/.test(endpoint)) {
    throw invalid(url, 'has an endpoint that is no http:// or https:// address');
  }
  const region = searchParams.get('region') ?? (endpoint === undefined ? '' : 'us-east-1');
  if (!/^[a-z0-9-]+$/.test(region)) throw invalid(url, 'names no region');
  const days = searchParams.get('retentionDays');
  const retentionDays = days === null ? undefined : Number(days);
  if (retentionDays !== undefined && !(retentionDays >= 1 && retentionDays <= DAYS_MAX)) {
    throw invalid(url, `has retentionDays that are not 1 to ${DAYS_MAX}`);
  }
  const prefix = folder === '' ? '' : `${folder}/`;
  return { bucket: host, prefix, region, endpoint, retentionDays };
}
