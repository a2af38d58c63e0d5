import { ENGINE_SERVICE, RISK_SERVICE, type WireServices } from '@ats/contracts';
import type { RpcDirectory, RpcHandlers } from '@ats/runtime';
import { type ManualTimers, manualClock, manualTimers, until } from '@ats/testkit';
import { type SampleTrade, tradeOf, tradeRecord } from './domain/sample-trades.ts';
import { type MailServer, startMailServer } from './mail-server.ts';
import { CALL, emailChannel, PERSON, RULE, Stage, WAIT } from './stage.ts';

const us = (text: string): number => Date.parse(text) * 1000;
const KEY = { table: 'notifications', partition: 'digests', sort: 'ann/email' } as const;

const DAY = { profit: '234.5', realised: '200', unrealised: '44.5', fees: '10', funding: '0' };

const limit = (name: string, value: string, max: string) => ({
  ...{ name, value, max, scope: 'none', of: '', unit: 'money', warn: '', meaning: '' },
  ...({ onBreach: 'BREACH_ACTION_REFUSE', level: 'LIMIT_LEVEL_OK', sinceUs: 0 } as const),
  ...{ reasonCode: '', changedBy: '', changedBecause: '', changedAtUs: 0 },
});

/** Risk and engine as far as a digest asks them. */
async function answering(rpc: RpcDirectory): Promise<void> {
  const risk: Partial<RpcHandlers<WireServices['ats.risk.v1.RiskService']>> = {
    GetRiskStatus: () => ({
      ...{ halted: true, haltReason: 'somebody looks', haltedBy: 'ann', haltedAtUs: 1 },
      ...{ decisions: [], rateAvailable: 1, resumeActors: [], resumePersons: 1 },
      ...{ mode: 'HALT_MODE_HALTED', changes: [] },
    }),
    GetPnL: () => ({
      assets: [{ asset: 'USDT', net: '1234.5', ledgerNet: '1234.5' }],
      agrees: true,
      ...{ numeraire: 'USDT', total: null, groups: [], unmarked: [], curve: [], valuedAtUs: 1 },
      windows: [{ name: 'day', startedAtUs: 1, startProfit: '1000', figures: DAY }],
      ...{ peak: '1300', drawdown: '65.5', drawdownDeepest: '80', timeZone: 'UTC' },
    }),
    GetRiskLimits: () => ({
      limits: [limit('drawdown', '65.5', '100'), limit('lossPerDay', '0', '50')],
      ...{ version: 0, numeraire: 'USDT' },
    }),
  };
  const engine: Partial<RpcHandlers<WireServices['ats.opportunity.v1.EngineService']>> = {
    GetTradingStatus: () => ({ trading: true, haltReason: '', openTrades: 3, troubles: [] }),
  };
  await rpc.serve(RISK_SERVICE, risk as RpcHandlers<WireServices['ats.risk.v1.RiskService']>);
  await rpc.serve(
    ENGINE_SERVICE,
    engine as RpcHandlers<WireServices['ats.opportunity.v1.EngineService']>,
  );
}

describe('a digest by mail', () => {
  let timers: ManualTimers;
  let stage: Stage;
  let mail: MailServer;
  beforeEach(async () => {
    // Adelaide's days begin at half past an hour of UTC.
    timers = manualTimers(manualClock(us('2026-07-01T08:00:00+09:30')));
    [stage, mail] = await Promise.all([
      Stage.open({ clock: timers.clock, timers }),
      startMailServer(),
    ]);
  });
  afterEach(async () => {
    await stage.close();
    await mail.close();
  });

  const work = <Value>(condition: () => Value | Promise<Value>) =>
    until(() => {
      timers.advance(10);
      return condition();
    }, WAIT);

  async function begin(others?: (rpc: RpcDirectory) => Promise<void>): Promise<void> {
    const client = await stage.start({ email: emailChannel(mail) }, others ? { others } : {});
    const addresses = { email: 'ann@example.com' };
    const zone = 'Australia/Adelaide';
    await client.PutPerson({ person: { ...PERSON, zone, digestAt: '00:00', addresses } }, CALL);
    const rule = { ...RULE, channel: 'email', frequency: 'FREQUENCY_DAILY' } as const;
    await client.PutRule({ rule }, CALL);
    await work(async () => (await stage.store.get(KEY)) !== undefined);
  }

  async function trade(at: string, said: SampleTrade): Promise<void> {
    await stage.log.append(tradeRecord(tradeOf({ endedAtUs: us(at), ...said })));
  }

  async function received(count: number) {
    await work(() => mail.mails.length === count);
    const one = mail.mails[count - 1];
    return { subject: one?.subject, text: one?.text ?? '', pictures: one?.attachments.length };
  }

  it("has the trades of the person's own day, each once, and what others say", async () => {
    await begin(answering);
    await trade('2026-06-30T23:59:59+09:30', { number: 1, realised: '-100' });
    await trade('2026-07-01T00:00:00+09:30', { number: 2, quoted: '12.5', realised: '9.25' });
    await trade('2026-07-01T23:59:59+09:30', { number: 3, quoted: '5', realised: '-3.5' });
    await trade('2026-07-01T23:59:59+09:30', { number: 3, quoted: '5', realised: '-3.5' });
    await trade('2026-07-01T12:00:00+09:30', { number: 4, state: 'REJECTED' });
    await trade('2026-07-01T12:00:00+09:30', { number: 5, state: 'SUBMITTED' });
    timers.clock.setUs(us('2026-07-02T00:00:00+09:30'));
    const { subject, text, pictures } = await received(1);
    expect(subject).toBe('ATS digest: +5.75 USDT, 3 trades, 0 alerts open');
    expect(pictures).toBe(1);
    expect(text).toMatch(/This day +2 +\+5\.75 USDT\nLast 7 days +3 +-94\.25 USDT/);
    expect(text).toMatch(/Best +BTC, kraken → upbit +\+12\.50 +\+9\.25 +\+3\.1 bps/);
    expect(text).toMatch(/Worst +BTC, kraken → upbit +\+5\.00 +-3\.50 +-1\.2 bps/);
    expect(text).toContain('slippage -7.75, unwind 0.00, realised +5.75.');
    expect(text).toContain('Trading is on, 3 trades are open.');
    expect(text).toContain('Risk has halted trading: somebody looks');
    expect(text).toMatch(/\+234\.50 +\+200\.00 +\+44\.50/);
    expect(text).toMatch(/drawdown.*66%|66 ?%.*drawdown/i);
    expect(text).toMatch(/USDT +\+1,234\.50\nThe ledger says the same\./);
    await trade('2026-07-02T06:00:00+09:30', { number: 6, realised: '1' });
    timers.clock.setUs(us('2026-07-03T00:00:00+09:30'));
    const next = await received(2);
    expect(next.subject).toBe('ATS digest: +1.00 USDT, 1 trade, 0 alerts open');
    expect(next.text).toMatch(/Last 7 days +4 +-93\.25 USDT/);
  });

  it('says what it cannot know, and has no figure for it', async () => {
    await begin();
    timers.clock.setUs(us('2026-07-02T00:00:00+09:30'));
    const { text, pictures } = await received(1);
    expect(pictures).toBe(0);
    expect(text).toMatch(/Nearest limit: –/);
    expect(text).toMatch(/What fills have left since the beginning\nNot available: .*RiskService/);
    expect(text).toMatch(/Limits nearest to their figures\nNot available: /);
    expect(text).toMatch(/Whether trading is on is not known: .*EngineService/);
  });
});
