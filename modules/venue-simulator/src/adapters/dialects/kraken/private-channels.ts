import type { Clock } from '@ats/runtime';
import type { AccountKey } from '../../../app/dialect-server.ts';
import type { AccountReport } from '../../../domain/accounts/orders.ts';
import { jsonText } from '../shared/json-text.ts';
import type { Fields } from '../shared/parse.ts';
import { balanceRow, executionRows, ledgerRows, orderRow, tradeRow } from './report-frames.ts';
import type { KrakenTokens } from './tokens.ts';

export const PRIVATE_CHANNELS = ['executions', 'balances'] as const;
export type PrivateChannel = (typeof PRIVATE_CHANNELS)[number];

/** Trades that a snapshot of the executions channel tells. */
const SNAPSHOT_TRADES = 50;

/** The executions and balances channels of one connection. */
export class KrakenPrivateChannels {
  private readonly clock: Clock;
  private readonly tokens: KrakenTokens;
  private readonly send: (text: string) => void;
  private readonly stops = new Map<PrivateChannel, () => void>();
  private readonly sequences = { executions: 0, balances: 0 };
  private ledgerCount = 0;

  constructor(options: {
    readonly clock: Clock;
    readonly tokens: KrakenTokens;
    readonly send: (text: string) => void;
  }) {
    this.clock = options.clock;
    this.tokens = options.tokens;
    this.send = options.send;
  }

  /**
   * Subscribes with a token, or ends it. `acknowledge` comes before the snapshot.
   * @returns what is wrong with the request, undefined when it is done
   */
  change(
    channel: PrivateChannel,
    request: { readonly method: 'subscribe' | 'unsubscribe'; readonly params: Fields },
    acknowledge: () => void,
  ): string | undefined {
    const { method, params } = request;
    const isOn = this.stops.has(channel);
    if (params['token'] === undefined) return 'Field(s) missing: token';
    const key = this.tokens.keyOf(params['token']);
    if (key === undefined) return 'ESession:Invalid session';
    if (isOn && method === 'subscribe') return 'Already subscribed';
    if (!isOn && method === 'unsubscribe') return 'Subscription Not Found';
    acknowledge();
    if (method === 'subscribe') this.subscribe(channel, key, params);
    else this.unsubscribe(channel);
    return undefined;
  }

  close(): void {
    for (const channel of this.stops.keys()) this.unsubscribe(channel);
  }

  private subscribe(channel: PrivateChannel, key: AccountKey, params: Fields): void {
    const { account } = key;
    if (channel === 'balances') {
      this.stops.set(
        channel,
        key.listen((report) => this.ledger(report)),
      );
      if (params['snapshot'] === false) return;
      this.message(channel, 'snapshot', account.balances.map(balanceRow));
      return;
    }
    this.stops.set(
      channel,
      key.listen((report) => this.executions(report)),
    );
    if (params['snap_orders'] !== false) {
      const rows = account.openOrders().map((order) => orderRow(order, 'new'));
      this.message(channel, 'snapshot', rows);
    }
    if (params['snap_trades'] !== true) return;
    const rows = account.trades.slice(-SNAPSHOT_TRADES).map((trade) => tradeRow(trade));
    this.message(channel, 'snapshot', rows);
  }

  private unsubscribe(channel: PrivateChannel): void {
    this.stops.get(channel)?.();
    this.stops.delete(channel);
  }

  private executions(report: AccountReport): void {
    for (const row of executionRows(report)) this.message('executions', 'update', [row]);
  }

  private ledger(report: AccountReport): void {
    const rows = ledgerRows(report, this.ledgerCount + 1, this.clock.nowUs());
    if (rows.length === 0) return;
    this.ledgerCount += rows.length;
    this.message('balances', 'update', rows);
  }

  private message(channel: PrivateChannel, type: 'snapshot' | 'update', data: unknown): void {
    this.sequences[channel] += 1;
    this.send(jsonText({ channel, type, data, sequence: this.sequences[channel] }));
  }
}
