const roomy = (names: readonly string[]): readonly string[] =>
  names.map((name) => `risk.limits.${name}={ max: '1000000000000' }`);

/** Limits that leave room for what is approved, never traded, and stays reserved for a while. */
export const ROOMY_RESERVATIONS: readonly string[] = roomy([
  ...['gross', 'net', 'venue', 'asset', 'symbol'].map((name) => `${name}Exposure`),
  ...['tradesOpen', 'tradesPerDay', 'volumePerDay'],
]);

/** Limits that leave room for whoever buys, pays fees and never sells. */
export const ROOMY_LOSSES: readonly string[] = roomy([
  ...['lossPerDay', 'lossPerWeek', 'lossPerMonth', 'drawdown'],
  ...['valueAtRisk', 'expectedShortfall', 'unhedgedPerDay'],
]);
