import type { Clock, Logger, Timers } from '@ats/runtime';
import { requestToken } from '../adapters/chance.ts';
import { Leases, type LeasesOptions } from './leases.ts';

/** What a service is given, as far as it matters here. */
interface SharingContext {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
  readonly config: { readonly sharing: { readonly instance: string; readonly termMs: number } };
}

/** The name of one instance of a service: the service's own where there is only one. */
export const instanceName = (service: string, { instance }: { readonly instance: string }) =>
  instance === '' ? service : `${service}.${instance}`;

/** Leases of one group for this process; nothing is read before `start`. */
export function openLeases(
  { clock, timers, logger, config }: SharingContext,
  options: Omit<LeasesOptions, 'clock' | 'timers' | 'logger' | 'holder' | 'run' | 'termMs'> & {
    /** What the names of instances begin with; the group unless given. */
    readonly service?: string;
  },
): Leases {
  const { termMs } = config.sharing;
  const holder = instanceName(options.service ?? options.group, config.sharing);
  return new Leases({ ...options, clock, timers, logger, holder, run: requestToken(), termMs });
}
