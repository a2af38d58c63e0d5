import { existsSync } from 'node:fs';
import { ExchangeKeys } from '@ats/access';
import { Secret } from '@ats/domain';
import { collectorConfigSchema } from '@ats/price-collector';
import { listingsOf, openLogger, parseConfig, systemClock, systemTimers } from '@ats/runtime';
import { configKeysOf, systemEntropy, Vault } from '@ats/security';
import {
  type Account,
  connectorOf,
  testVaultKey,
  venueGatewayConfigSchema,
} from '@ats/venue-gateway';
import type { Configuration } from '../app/configuration.ts';
import { type Check, type Finding, failed, ok, problem, warning, wordsOf } from './findings.ts';

const ANSWER_MS = 5000;
/** A header's date has whole seconds, and the answer was under way. */
const DATE_RESOLUTION_MS = 1000;

/** This machine's clock against those of the venues: of its own simulated ones there is none. */
export function clockChecks({ loaded, shared }: Configuration): readonly Check[] {
  const name = 'clock';
  if (shared.mode === 'sim') {
    const detail = 'mode sim: the exchanges have the clock of this machine, nothing to compare';
    return [{ name, run: () => [ok(name, detail)] }];
  }
  const { clockSkewMaxMs } = parseConfig(loaded, collectorConfigSchema).collector;
  return Object.entries(shared.venues).flatMap(([venue, { enabled, rest }]) => {
    const [url] = rest;
    if (!enabled || url === undefined) return [];
    return [{ name, run: () => clockFinding({ venue, url, clockSkewMaxMs }) }];
  });
}

async function clockFinding(at: {
  readonly venue: string;
  readonly url: string;
  readonly clockSkewMaxMs: number;
}): Promise<readonly Finding[]> {
  const { venue, url, clockSkewMaxMs } = at;
  const nowMs = () => systemClock.nowUs() / 1000;
  const sentMs = nowMs();
  let answer: Response;
  try {
    answer = await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(ANSWER_MS) });
  } catch (thrown) {
    const remedy = `Check the network, and venues.${venue}.rest.`;
    return [problem('clock', `${venue} does not answer at ${url}: ${wordsOf(thrown)}`, remedy)];
  }
  const tookMs = nowMs() - sentMs;
  const date = Date.parse(answer.headers.get('date') ?? '');
  if (Number.isNaN(date)) return [warning('clock', `${venue} tells no time`, 'See another venue.')];
  // Half a second in the middle of the second that the header names.
  const skewMs = Math.round(sentMs + tookMs / 2 - (date + DATE_RESOLUTION_MS / 2));
  const unsureMs = Math.round(DATE_RESOLUTION_MS / 2 + tookMs / 2);
  const detail = `${venue}: this clock is ${skewMs} ms ahead, give or take ${unsureMs} ms`;
  const remedy = 'Have the clock set by NTP (chrony, systemd-timesyncd).';
  const sure = Math.abs(skewMs) - unsureMs;
  if (sure > clockSkewMaxMs) return [problem('clock', detail, remedy)];
  return [sure > clockSkewMaxMs / 5 ? warning('clock', detail, remedy) : ok('clock', detail)];
}

/** Keys of venues that are traded on with real money: there, and not able to withdraw. */
export function keyChecks({ loaded, shared }: Configuration): readonly Check[] {
  const name = 'keys';
  const config = parseConfig(loaded, venueGatewayConfigSchema);
  const live = Object.entries(shared.venues).filter(([venue, { enabled }]) => {
    return enabled && connectorOf(config, venue) === 'live';
  });
  if (live.length === 0) {
    return [
      { name, run: () => [ok(name, `mode ${shared.mode}: no venue is traded on with keys`)] },
    ];
  }
  const logger = openLogger({ service: 'doctor', level: 'silent', destination: process.stderr });
  return live.map(([venue, settings]) => ({
    name,
    async run() {
      const kept = await keyInVault({ loaded, shared }, venue);
      const account = kept ?? config.venueGateway.accounts[venue];
      const remedy = `Run "ats keys add ${venue}"; see that the network lets it be asked.`;
      if (account === undefined) return [problem(name, `${venue} has no key`, remedy)];
      if (account.apiKey.reveal().startsWith('demo-')) {
        return [problem(name, `${venue} has the simulator's demo key only`, remedy)];
      }
      try {
        const told = await testVaultKey({
          ...{ venue, settings, logger, kind: 'live', section: config.venueGateway },
          listings: listingsOf(config).filter((listing) => listing.venue === venue),
          timers: systemTimers,
          vaultKey: () => Promise.resolve(account),
        });
        const place = kept === undefined ? 'configured' : 'in the vault';
        if (told) return [ok(name, `${venue}: ${place}, cannot withdraw`)];
        const unsaid = `${venue} does not tell what its key may do`;
        return [warning(name, unsaid, 'See at the exchange that it may trade and read only.')];
      } catch (thrown) {
        return [failed(name, thrown, remedy)];
      }
    },
  }));
}

/** Read from the file itself: nothing has to run for it. */
async function keyInVault(
  { loaded, shared }: Configuration,
  venue: string,
): Promise<Account | undefined> {
  const folder = `${shared.security.folder}/vault`;
  if (!existsSync(`${folder}/exchange-keys.sealed`)) return undefined;
  const keys = configKeysOf(loaded.values, { make: false });
  const vault = new Vault({ folder, keys, entropy: systemEntropy });
  const key = (await ExchangeKeys.open(vault, systemClock)).read(venue);
  if (key === undefined) return undefined;
  const both = { apiKey: new Secret(key.apiKey), secret: new Secret(key.secret) };
  return key.passphrase === '' ? both : { ...both, passphrase: new Secret(key.passphrase) };
}
