import { AtsError } from '@ats/domain';
import { CrossExchange } from '../domain/cross-exchange.ts';
import type { CrossExchangeSettings } from '../domain/settings.ts';
import type { StrategyFactory } from '../domain/strategy.ts';
import { Triangular } from '../domain/triangular.ts';
import { isStrategyPath, loadStrategyFile } from './strategy-file.ts';

/** Buying on one exchange and selling on another, the strategy that is used by default. */
export const crossExchange: StrategyFactory<CrossExchangeSettings> = {
  name: 'cross-exchange',
  create: (context, settings) => new CrossExchange(context, settings),
};

/** Going around three markets of one exchange. */
export const triangular: StrategyFactory<CrossExchangeSettings> = {
  name: 'triangular',
  create(context, settings) {
    const strategy = new Triangular(context, settings);
    if (strategy.canTrade) return strategy;
    // It would wait for ever, and nobody would know for what.
    throw new AtsError({
      code: 'CONFIG_INVALID',
      message: `engine.strategy is "triangular": ${strategy.readiness().join()}`,
      remedy:
        'Add to the listings of a venue what is missing, such as ETH/BTC beside BTC/USDT and ' +
        'ETH/USDT; config/examples/triangular.yaml does.',
      context: { field: 'engine.strategy', value: 'triangular' },
    });
  },
};

const OWN = [crossExchange, triangular];

/**
 * The strategy that `engine.strategy` names: one of the engine's own, or a user's file.
 * @throws {AtsError} CONFIG_INVALID, ADAPTER_INVALID
 */
export async function openStrategy(name: string): Promise<StrategyFactory> {
  if (isStrategyPath(name)) return loadStrategyFile(name);
  const own = OWN.find((one) => one.name === name);
  // The engine's own strategies are given the engine's own settings, which fit them.
  if (own !== undefined) return own as StrategyFactory;
  const names = OWN.map((one) => one.name).join(', ');
  throw new AtsError({
    code: 'CONFIG_INVALID',
    message: `engine.strategy "${name}" is not known`,
    remedy: `Use ${names}, or the path of a file that exports a strategy.`,
    context: { field: 'engine.strategy', value: name },
  });
}
