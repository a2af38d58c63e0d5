import type { RunningEngine } from '@ats/trading-engine';
import type { RunConfig } from './run-config.ts';
import type { World } from './world.ts';

/** What a reader must know to believe the figures, for people, in an order that does not change. */
export function warningsOf(parts: {
  readonly run: RunConfig;
  readonly world: World;
  readonly engine: RunningEngine;
}): readonly string[] {
  const { run, world, engine } = parts;
  const { logger, valuation, markets, feed, played } = world;
  const suppressed = Object.entries(engine.stats().suppressed);
  const tiered = played.filter(({ tiers }) => (tiers?.changes ?? 0) > 0);
  const crossed = markets.filter(({ atVenue }) => atVenue.crossedRows > 0);
  const paused = engine.readiness().reasons.find((one) => one.startsWith('paused'));
  return [
    ...run.unlisted.map(
      ({ venue, instrument }) => `${instrument} at ${venue} is not listed: its rows were left out`,
    ),
    ...(feed.unlisted > 0 ? [`${feed.unlisted} rows of markets that are not listed`] : []),
    ...[...valuation.unvalued].map(
      (asset) => `${asset} was held and had no value in ${run.config.engine.numeraire}`,
    ),
    ...crossed.map(
      ({ live, atVenue }) =>
        `${live.top.instrument} at ${live.top.venue}: ${atVenue.crossedRows} crossed rows ` +
        'were left out where orders could have met them',
    ),
    ...tiered.map(
      ({ venue, tiers }) =>
        `the fees of ${venue.venue} changed ${tiers?.changes} times: fills paid by the tier of ` +
        'their moment, edges were judged by that of the start',
    ),
    ...suppressed.map(
      ([reason, count]) => `${count} refusals for ${reason} are not in the opportunity ledger`,
    ),
    ...(paused === undefined ? [] : [paused]),
    ...[...logger.warnings].map(([event, { count, first }]) => `${event}: ${first} (${count})`),
  ];
}
