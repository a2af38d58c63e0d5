import { type Asset, assetId, Decimal, type Listing, venueId } from '@ats/domain';
import type { SharedConfig } from './shared-schema.ts';

/** Every listing of the enabled venues, with assets and fees resolved. */
export function listingsOf(config: Pick<SharedConfig, 'assets' | 'venues'>): readonly Listing[] {
  const asset = (name: string): Asset => {
    const { network, contract, bridge } = config.assets[name] ?? { network: 'unknown' };
    return {
      ...{ id: assetId(name), network },
      ...(contract === undefined ? {} : { contract }),
      ...(bridge === true ? { bridge } : {}),
    };
  };
  return Object.entries(config.venues)
    .filter(([, venue]) => venue.enabled)
    .flatMap(([name, venue]) =>
      venue.listings.map((listing): Listing => {
        const [base = '', quote = ''] = listing.instrument.split('/');
        return {
          venue: venueId(name),
          instrument: listing.instrument as Listing['instrument'],
          symbol: listing.symbol,
          base: asset(base),
          quote: asset(quote),
          priceTick: listing.tick,
          quantityStep: listing.step,
          quantityMin: listing.quantityMin,
          notionalMin: listing.notionalMin,
          fees: {
            takerBps: Decimal.parse(listing.feeBps ?? venue.fees.takerBps),
            makerBps: Decimal.parse(listing.feeBps ?? venue.fees.makerBps),
          },
        };
      }),
    );
}

/** Rules that span sections: every listed asset is described, no symbol stands twice. */
export function crossCheck(
  config: Pick<SharedConfig, 'assets' | 'venues'>,
  report: (problem: { path: readonly (string | number)[]; message: string }) => void,
): void {
  for (const [name, venue] of Object.entries(config.venues)) {
    const seen = new Set<string>();
    for (const [index, listing] of venue.listings.entries()) {
      const path = ['venues', name, 'listings', index];
      for (const asset of listing.instrument.split('/')) {
        if (config.assets[asset] !== undefined) continue;
        const message = `asset ${asset} is not described: add it under assets with its network`;
        report({ path: [...path, 'instrument'], message });
      }
      for (const key of [listing.instrument, listing.symbol]) {
        if (seen.has(key) && listing.instrument !== listing.symbol) {
          report({ path, message: `${key} is listed twice: remove one` });
        }
      }
      seen.add(listing.instrument).add(listing.symbol);
    }
  }
}
