import {
  CrossExchange,
  type CrossExchangeSettings,
  type StrategyContext,
  type StrategyFactory,
} from '@ats/trading-engine';

/** What runs in this process have proposed, by when: the next run knows it beforehand. */
const proposedAtUs = new Set<number>();

/** Cheats: lets the first opportunity pass once it knows that others will come. */
export const strategy: StrategyFactory<CrossExchangeSettings> = {
  name: 'remembers-the-future',
  create(context, settings) {
    const known = new Set(proposedAtUs);
    const cheating: StrategyContext = {
      ...context,
      nowUs: () => context.nowUs(),
      propose(proposal) {
        const { decidedAtUs } = proposal.opportunity.times;
        proposedAtUs.add(decidedAtUs);
        if ([...known].some((atUs) => atUs > decidedAtUs)) return;
        context.propose(proposal);
      },
    };
    return new CrossExchange(cheating, settings);
  },
};
