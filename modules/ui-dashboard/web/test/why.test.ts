import { describe, expect, it } from '@jest/globals';
import { engineSettings, limitOfReason } from '../src/text/limit-of-reason.ts';
import { timelineOf } from '../src/text/timeline.ts';

type Reason = Parameters<typeof limitOfReason>[0];
type Limits = Parameters<typeof limitOfReason>[1]['limits'];
type Sources = Parameters<typeof timelineOf>[0];

describe('the setting behind a refusal', () => {
  const settings = engineSettings('{"minEdgeBps":1,"unwind":{"lossBudget":"150"}}');
  const limits = [
    { reasonCode: 'RISK_BOOK_AGE_MAX', name: 'bookAge', of: 'kraken', max: '9' },
    { reasonCode: 'RISK_BOOK_AGE_MAX', name: 'bookAge', of: '', max: '3000' },
    { reasonCode: 'RISK_NOTIONAL_MAX', name: 'tradeNotional', of: '', max: '' },
  ] as unknown as Limits;
  const limitOf = (reason: string) =>
    limitOfReason(`REASON_CODE_${reason}` as Reason, { settings, limits });

  it('is named with what it is now, be it the engine’s or one of risk', () => {
    expect(limitOf('EDGE_BELOW_MIN')).toEqual({ name: 'engine.minEdgeBps', value: '1' });
    expect(limitOf('WORST_CASE_LOSS_ABOVE_BUDGET')?.value).toBe('150');
    expect(limitOf('RISK_BOOK_AGE_MAX')).toEqual({ name: 'risk bookAge', value: '3000' });
  });

  it('is left out where there is none, or it is not known', () => {
    expect(limitOf('RISK_NOTIONAL_MAX')).toBeUndefined();
    expect(limitOf('PAIR_BUSY')).toBeUndefined();
    expect(limitOf('CONFIDENCE_LOW')).toBeUndefined();
    expect(engineSettings('not JSON')).toBeUndefined();
  });
});

describe('the timeline of a trade', () => {
  const leg = { orderId: 'o1', side: 'ORDER_SIDE_BUY', venue: 'kraken', plannedAtUs: 120 };
  const order = {
    orderId: 'o1',
    status: 'ORDER_STATUS_FILLED',
    createdAtUs: 130,
    updatedAtUs: 400,
    progress: { sent: true, acknowledged: true },
  };
  const sources = {
    trade: { frameAtUs: 100, createdAtUs: 110, unwindingAtUs: 0, legs: [leg], unwinds: [] },
    opportunity: undefined,
    orders: [order],
    events: [],
  } as unknown as Sources;
  const shown = (of: Sources) =>
    timelineOf(of).lanes.map(({ key, marks, facts }) => [
      key,
      marks.map(({ name, atUs }) => `${name} ${atUs}`),
      facts,
    ]);

  it('has a lane for the engine and for each order, on one scale', () => {
    const { lanes, fromUs, toUs } = timelineOf(sources);
    expect(lanes.map(({ of, venue }) => `${of} ${venue}`)).toEqual(['engine ', 'buy kraken']);
    expect([fromUs, toUs]).toEqual([100, 400]);
  });

  it('has the decision that the trade came of, in order', () => {
    const times = { frameAtUs: 100, bookAtUs: 102, decidedAtUs: 104, riskAnsweredAtUs: 108 };
    const opportunity = times as unknown as Sources['opportunity'];
    expect(shown({ ...sources, opportunity })[0]).toEqual([
      'engine',
      ['frame 100', 'book 102', 'decision 104', 'risk 108', 'begun 110'],
      [],
    ]);
  });

  it('leaves out a later look at the edge, which the ledger keeps where it was better', () => {
    const times = { frameAtUs: 300, bookAtUs: 302, decidedAtUs: 304, riskAnsweredAtUs: 308 };
    const opportunity = times as unknown as Sources['opportunity'];
    expect(shown({ ...sources, opportunity })[0]).toEqual([
      'engine',
      ['frame 100', 'begun 110'],
      [],
    ]);
  });

  it('says that an order was sent and acknowledged, without when, unless it was heard', () => {
    expect(shown(sources)[1]).toEqual([
      'o1',
      ['planned 120', 'accepted 130', 'filled 400'],
      ['sent', 'acknowledged'],
    ]);
  });

  it('has the times of what was heard while the page was open', () => {
    const event = (occurredAtUs: number, progress: object, status = 'ORDER_STATUS_LIVE') => ({
      occurredAtUs,
      order: { ...order, status, progress },
    });
    const events = [
      event(140, { sent: true, acknowledged: false }),
      event(200, { sent: true, acknowledged: true }),
      event(300, { sent: true, acknowledged: true }, 'ORDER_STATUS_PARTIALLY_FILLED'),
    ] as unknown as Sources['events'];
    expect(shown({ ...sources, events })[1]).toEqual([
      'o1',
      [
        'planned 120',
        'accepted 130',
        'sent 140',
        'acknowledged 200',
        'filled in part 300',
        'filled 400',
      ],
      [],
    ]);
  });
});
