import type { WireMessages } from '@ats/contracts';
import { login, openStage, type Stage, type Visitor } from './stage.ts';

type Trade = WireMessages['ats.execution.v1.ArbitrageTrade'];

const DAY = '2026-11-20';
const AT_US = Date.parse(`${DAY}T10:00:00Z`) * 1000;

/** A trade of which the report needs nothing else. */
const trade = (tradeId: string, realised: string): Trade =>
  ({
    ...{ tradeId, version: 1, state: 'TRADE_STATE_COMPLETED', origin: 'TRADE_ORIGIN_MANUAL' },
    ...{ reason: 'APPROVED', base: '비트코인', numeraire: 'USDT', quantity: '1', realised: [] },
    ...{ createdAtUs: AT_US, updatedAtUs: AT_US, unhedgedUsdSeconds: 0, legs: [], unwinds: [] },
    waterfall: {
      ...{ quoted: realised, staleness: '0', fees: '0', slippage: '0', unwind: '0' },
      realised,
    },
  }) as unknown as Trade;

describe('reports over HTTP', () => {
  let stage: Stage;
  let ann: Visitor;
  beforeAll(async () => {
    stage = await openStage();
    ann = await login(stage);
    stage.services.tradePages.push(
      { trades: [trade('a', '1.25')], nextPageToken: '1' },
      { trades: [], nextPageToken: '2' },
      { trades: [trade('b', '-0.5')], nextPageToken: '' },
    );
  });
  afterAll(() => stage.close());

  const save = (path: string, { cookie } = ann) =>
    fetch(`${stage.url}/api/reports/${path}`, { headers: { cookie } });

  it('reads all pages of a day, and saves it as CSV under a name of its own', async () => {
    const answer = await save(`day.csv?date=${DAY}&table=days`);
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="ats-${DAY}-days.csv"`,
    );
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(await answer.text()).toBe(
      `day,ended,filled,won,fees,kept,cumulative,drawdown\n${DAY},2,2,1,0,0.75,0.75,0.5\n`,
    );
  });

  it('draws a PDF with embedded fonts, Korean names included', async () => {
    const answer = await save(`period.pdf?from=2026-11-01&to=${DAY}`);
    expect(answer.headers.get('content-type')).toBe('application/pdf');
    const text = Buffer.from(await answer.arrayBuffer()).toString('latin1');
    expect(text.slice(0, 5)).toBe('%PDF-');
    expect(text).toMatch(/\/FontName \/\w+\+Roboto/);
    expect(text).toMatch(/\/FontName \/\w+\+NanumGothic/);
  }, 60_000);

  it.each([
    ['day.csv?date=2026-02-30', 400, 'from'],
    ['period.csv?from=2026-11-20&to=2026-11-01', 400, 'to'],
    ['period.csv?from=2026-11-20', 400, 'to'],
    [`day.csv?date=${DAY}&table=users`, 400, 'table'],
    [`day.csv?date=${DAY}&more=1`, 400, 'body'],
  ])('refuses %s', async (path, status, field) => {
    const answer = await save(path);
    expect([answer.status, ((await answer.json()) as { field: string }).field]).toEqual([
      status,
      field,
    ]);
  });

  it('shows nobody what the services would not', async () => {
    expect((await save(`day.csv?date=${DAY}`, { cookie: 'ats=x', csrf: '' })).status).toBe(401);
    const stranger = await login(stage, 'stranger');
    expect((await save(`day.csv?date=${DAY}`, stranger)).status).toBe(403);
  });
});
