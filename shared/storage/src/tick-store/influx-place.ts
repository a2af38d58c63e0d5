import { AtsError } from '@ats/domain';

/** Where an InfluxDB 2 bucket is, read from its URL. */
export interface InfluxPlace {
  /** `http://host:port`, as the client wants it. */
  readonly url: string;
  readonly organisation: string;
  readonly bucket: string;
  readonly token: string;
  /** For logs and errors: the URL without its token. */
  readonly name: string;
}

const FIELD = 'tickStore.url';

function invalid(shown: string, why: string): AtsError {
  return new AtsError({
    code: 'STORAGE_URL_INVALID',
    message: `${FIELD}: "${shown}" ${why}`,
    remedy: 'Write influxdb://host:8086/organisation/bucket?token=..., or influxdbs:// for TLS.',
    context: { field: FIELD, value: shown },
  });
}

/** Reads `influxdb://host:port/org/bucket?token=...`. @throws STORAGE_URL_INVALID */
export function influxPlace(text: string): InfluxPlace {
  const shown = text.replace(/([?&]token=)[^&]*/, '$1***').replace(/\/\/[^/]*@/, '//***@');
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || url.hostname === '') throw invalid(shown, 'has no host');
  const [organisation = '', bucket = '', ...rest] = url.pathname
    .slice(1)
    .split('/')
    .map((part) => decodeURIComponent(part));
  if (organisation === '' || bucket === '' || rest.length > 0) {
    throw invalid(shown, 'does not name one organisation and one bucket');
  }
  const protocol = url.protocol === 'influxdbs:' ? 'https' : 'http';
  const host = url.port === '' ? `${url.hostname}:8086` : url.host;
  const token = url.searchParams.get('token') ?? '';
  return { url: `${protocol}://${host}`, organisation, bucket, token, name: shown };
}
