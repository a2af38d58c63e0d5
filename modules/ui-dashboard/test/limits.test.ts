import { manualClock, until } from '@ats/testkit';
import { LOGINS_MAX, Logins } from '../src/app/logins.ts';
import { ITEMS_MAX, LATEST_PLANS, LatestSource } from '../src/app/stream/latest-source.ts';
import { login, openStage, openStream, type Stage } from './stage.ts';

const QUOTES = 'ats.marketdata.v1.MarketDataService/StreamQuotes';

describe('limits that are hit', () => {
  it('forget the longest silent login, and say so', () => {
    const hits: string[] = [];
    const ended: string[] = [];
    const secrets: string[] = [];
    const logins = new Logins({
      ...{ rpc: undefined as never, clock: manualClock(), deadlineMs: 1 },
      newSecret: () => String(secrets.push('')),
      onEnded: ({ name }) => void ended.push(name),
      onLimit: (limit) => void hits.push(limit),
    });
    const tokens = {} as never;
    for (let index = 0; index < LOGINS_MAX; index += 1) logins.open(`person-${index}`, tokens);
    expect(hits).toEqual([]);
    logins.open('one more', tokens);
    expect([hits, ended, logins.count]).toEqual([['logins'], ['person-0'], LOGINS_MAX]);
  });

  it('leave out what a source has no room for, and count it', () => {
    const hits: string[] = [];
    const plan = LATEST_PLANS[QUOTES];
    if (plan === undefined) throw new Error('quotes have no plan');
    const onLimit = (limit: string) => void hits.push(limit);
    const source = new LatestSource({ plan, textOf: JSON.stringify, onLimit });
    const quotes = Array.from({ length: ITEMS_MAX + 2 }, (_, index) => ({
      ...{ venue: 'kraken', instrument: `M${index}` },
    }));
    source.take({ quotes });
    expect(hits).toEqual(['items', 'items']);
  });

  describe('at the stream', () => {
    let stage: Stage;
    beforeAll(async () => {
      stage = await openStage([
        'dashboard.stream.clientsMax=1',
        'dashboard.stream.subscriptionsMax=1',
      ]);
    });
    afterAll(() => stage.close());

    const hitsOf = (limit: string) =>
      stage.metrics.value('ats_dashboard_limit_hits_total', { limit });

    it('turn away browsers and subscriptions, each with a count from zero on', async () => {
      const ann = await login(stage);
      const { say, closed } = await openStream(stage, ann);
      expect(['clients', 'items', 'logins', 'subscriptions'].map(hitsOf)).toEqual([0, 0, 0, 0]);
      await expect(openStream(stage, ann)).rejects.toThrow('503');
      expect(hitsOf('clients')).toBe(1);
      for (const id of ['a', 'b']) say({ op: 'subscribe', id, method: QUOTES, request: {} });
      expect(await closed).toBe(4003);
      await until(() => hitsOf('subscriptions') === 1);
    });
  });
});
