import { AtsError } from '@ats/domain';
import type { InfluxPlace } from './influx-place.ts';

const ASK_MS = 5000;

/**
 * The version that a server tells of itself, such as `2.7.11`; empty when it tells none.
 * https://docs.influxdata.com/influxdb3/core/api/server-information/ and the same page of v2.
 */
export async function influxVersion(
  { url, token }: Pick<InfluxPlace, 'url' | 'token'>,
  signal: AbortSignal = AbortSignal.timeout(ASK_MS),
): Promise<string> {
  const headers: HeadersInit = token === '' ? {} : { authorization: `Token ${token}` };
  const answer = await fetch(`${url}/ping`, { signal, headers });
  return (answer.headers.get('x-influxdb-version') ?? '').replace(/^v/, '');
}

/** InfluxDB 3 has no Flux, no organisations and no tasks. */
export const hasFlux = (version: string): boolean => !/^[3-9]\./.test(version);

/**
 * Why a server that takes ticks does not give them back, if that is what it is.
 * @param what could not be done, as in `ticks cannot be read`
 * @returns undefined when it has Flux, or says nothing of itself: then it failed otherwise
 */
export async function fluxMissing(
  what: string,
  place: InfluxPlace,
  cause?: unknown,
): Promise<AtsError | undefined> {
  const version = await influxVersion(place).catch(() => '');
  if (hasFlux(version)) return undefined;
  return new AtsError({
    code: 'STORAGE_UNAVAILABLE',
    message: `${what} at ${place.name}: InfluxDB ${version} knows no Flux`,
    remedy:
      'Ask it by SQL, at its /api/v3/query_sql, or keep ticks in InfluxDB 2 or parquet: to have ' +
      'them read here. What is written goes on.',
    retry: 'never',
    context: { field: 'tickStore.url', value: place.name, version },
    cause,
  });
}
