import type { EngineConfig } from '../config.ts';
import type { TradeRules } from '../domain/trade/trade-rules.ts';

const MICROSECONDS_PER_MILLISECOND = 1000;

/** The rules that the configuration states, in the domain's units. */
export function tradeRulesOf(settings: EngineConfig['engine']): TradeRules {
  const us = (milliseconds: number): number => milliseconds * MICROSECONDS_PER_MILLISECOND;
  const { unwind } = settings;
  return {
    legTimeoutUs: us(settings.legTimeoutMs),
    cancelAfterUs: us(settings.cancelAfterMs),
    recheckUs: us(settings.orderRecheckMs),
    unwind: {
      lossBudget: unwind.lossBudget,
      collarBps: unwind.collarBps,
      attemptsMax: unwind.attemptsMax,
      hedgeAttemptsMax: unwind.hedgeAttemptsMax,
      timeMaxUs: us(unwind.timeMaxMs),
      retryUs: us(unwind.retryMs),
      gradualAbove: unwind.gradualAbove,
      sliceNotional: unwind.sliceNotional,
      sliceUs: us(unwind.sliceMs),
      bookAgeUsMax: us(unwind.bookAgeMsMax),
    },
  };
}
