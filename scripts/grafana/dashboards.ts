import { curves, type Dashboard, figure, halfAndWorst, rates, worst } from './dashboard.ts';
import { marketData, orderPath } from './path-dashboards.ts';

const overview: Dashboard = {
  name: 'overview',
  title: 'Overview',
  rows: [
    [
      figure('Halted', 'bool_yes_no', ['', 'max(ats_risk_halted_ratio)']),
      figure('Alerts', 'short', ['', 'count(ALERTS{alertstate="firing"}) or vector(0)']),
      figure('Services ready', 'percentunit', ['', 'avg(ats_runtime_ready_ratio)']),
      figure('Books live', 'percentunit', [
        '',
        'sum(ats_collector_books_live) / sum(ats_collector_books)',
      ]),
      figure('Trades open', 'short', ['', 'sum(ats_engine_trades_open)']),
      figure('Profit of the day', 'short', ['', 'max(ats_risk_profit_money{window="day"})']),
    ],
    [
      curves('Profit', 'short', ['{{window}}', 'max by (window) (ats_risk_profit_money)']),
      rates('Trades by end', 'cps', 'state', 'ats_engine_trades_total'),
      curves(
        'Ledger',
        'bool_yes_no',
        ['agrees', 'min(ats_risk_ledger_agrees_ratio)'],
        ['{{venue}} open', 'min by (venue) (ats_oms_venue_open_ratio)'],
      ),
    ],
    [
      curves('Storage works', 'bool_yes_no', ['{{port}}', 'min by (port) (ats_storage_ok_ratio)']),
      curves('Room on disks', 'percentunit', [
        '{{port}}',
        'min by (port) (ats_storage_disk_available_bytes / ats_storage_disk_size_bytes)',
      ]),
      curves('Bounds hit in 5 minutes', 'short', [
        '{{limit}} {{store}}{{venue}}',
        'ats:limit_hits:increase5m',
      ]),
    ],
    [
      curves('Event loop held up, p99', 's', [
        '{{process}}',
        'max by (process) (nodejs_eventloop_lag_p99_seconds)',
      ]),
      curves('Processor time', 'percentunit', [
        '{{process}}',
        'max by (process) (rate(process_cpu_seconds_total[$__rate_interval]))',
      ]),
      curves('Garbage collection', 'percentunit', [
        '{{process}} {{kind}}',
        'max by (process, kind) (rate(nodejs_gc_duration_seconds_sum[$__rate_interval]))',
      ]),
    ],
    [
      curves('Memory', 'bytes', [
        '{{process}}',
        'max by (process) (process_resident_memory_bytes)',
      ]),
      curves(
        'Open files, handles',
        'short',
        ['{{process}} files', 'max by (process) (process_open_fds)'],
        ['{{process}} handles', 'max by (process) (nodejs_active_resources_total)'],
      ),
      curves('Certificates end in', 's', [
        '{{process}}',
        'min by (process) (ats_security_certificate_left_seconds)',
      ]),
    ],
  ],
};

const trading: Dashboard = {
  name: 'trading',
  title: 'Trading performance',
  rows: [
    [
      curves('Profit', 'short', ['{{window}}', 'max by (window) (ats_risk_profit_money)']),
      curves('Opportunities since the start', 'short', [
        '{{reason}}',
        'sum by (reason) (ats_engine_opportunities)',
      ]),
    ],
    [
      rates('Trades by end', 'cps', 'state', 'ats_engine_trades_total'),
      curves(
        'Trades open, edges open',
        'short',
        ['trades', 'sum(ats_engine_trades_open)'],
        ['edges', 'sum(ats_engine_open_edges)'],
      ),
      rates('Steps of trades', 'cps', 'state', 'ats_engine_trade_transitions_total'),
    ],
    [
      curves('Value open: USD-seconds a second', 'short', [
        'unhedged',
        'sum(rate(ats_engine_unhedged_usd_seconds_total[$__rate_interval]))',
      ]),
      curves(
        "Burn of the day's budget",
        'short',
        ['5 m', 'ats:unhedged_usd_seconds:burn5m'],
        ['1 h', 'ats:unhedged_usd_seconds:burn1h'],
      ),
      curves(
        'Decisions',
        'cps',
        ['decisions', 'sum(rate(ats_engine_decisions_total[$__rate_interval]))'],
        ['books looked at', 'sum(rate(ats_engine_book_updates_total[$__rate_interval]))'],
      ),
    ],
    [
      halfAndWorst(
        'From decision to both legs durable',
        'stage',
        'ats_path_stage_seconds{stage="decision_to_log"}',
      ),
      worst('From submit to fill, p99', 'venue', 'ats_path_stage_seconds{stage="venue_to_fill"}'),
      curves('Assets last for', 's', [
        '{{venue}} {{asset}}',
        'bottomk(10, ats_risk_inventory_runway_seconds)',
      ]),
    ],
  ],
};

const risk: Dashboard = {
  name: 'risk',
  title: 'Risk',
  rows: [
    [
      figure('Halted', 'bool_yes_no', ['', 'max(ats_risk_halted_ratio)']),
      figure('Limits at their warning', 'short', [
        '',
        'count(ats_risk_limit_level > 0) or vector(0)',
      ]),
      figure('Ledger agrees', 'bool_yes_no', ['', 'min(ats_risk_ledger_agrees_ratio)']),
      figure('Late answers', 'short', ['', 'sum(ats_rpc_risk_answers_late_total)']),
    ],
    [
      curves('Limits, as parts of what may be', 'percentunit', [
        '{{limit}} {{of}}',
        'topk(10, ats_risk_limit_use_ratio)',
      ]),
      rates('Checks by reason', 'cps', 'reason', 'ats_risk_checks_total'),
    ],
    [
      halfAndWorst('A check takes', 'service', 'ats_risk_check_duration_seconds'),
      worst(
        'From decision to answer, p99',
        'venue',
        'ats_path_stage_seconds{stage="decision_to_risk"}',
      ),
      curves('Decisions lost to the log', 'cps', [
        'lost',
        'sum(rate(ats_risk_decisions_lost_total[$__rate_interval]))',
      ]),
    ],
    [
      curves('Profit', 'short', ['{{window}}', 'max by (window) (ats_risk_profit_money)']),
      curves('Differences with venues', 'short', [
        '{{venue}}',
        'max by (venue) (ats_oms_differences)',
      ]),
      curves('Assets last for', 's', [
        '{{venue}} {{asset}}',
        'bottomk(10, ats_risk_inventory_runway_seconds)',
      ]),
    ],
  ],
};

const notification: Dashboard = {
  name: 'notification',
  title: 'Notification and the dashboard',
  rows: [
    [
      figure('Conditions that stand', 'short', ['', 'sum(ats_notification_open_conditions)']),
      figure('Dead letters', 'short', ['', 'sum(ats_notification_messages_total{outcome="dead"})']),
      figure('Escalations', 'short', ['', 'sum(ats_notification_escalations_total)']),
      figure('Browsers', 'short', ['', 'sum(ats_dashboard_connections)']),
    ],
    [
      rates('Messages', 'cps', 'channel, outcome', 'ats_notification_messages_total'),
      curves('Messages that wait', 'short', [
        '{{channel}}',
        'sum by (channel) (ats_notification_pending_messages)',
      ]),
      worst('Until a channel has it, p99', 'channel', 'ats_notification_latency_seconds'),
    ],
    [
      rates('Tries that failed', 'cps', 'channel', 'ats_notification_failed_tries_total'),
      curves(
        'Channels left alone, work behind',
        'bool_yes_no',
        ['{{channel}}', 'ats_notification_breaker_open'],
        ['{{what}} behind', 'ats_notification_behind_ratio'],
      ),
      rates(
        'Webhooks of Alertmanager',
        'cps',
        'result',
        'ats_notification_alertmanager_requests_total',
      ),
    ],
    [
      rates('Requests of browsers', 'reqps', 'status', 'ats_dashboard_requests_total'),
      curves(
        'Streams',
        'short',
        ['sessions', 'sum(ats_dashboard_sessions)'],
        ['shared', 'sum(ats_dashboard_shared_streams)'],
      ),
    ],
  ],
};

export const DASHBOARDS: readonly Dashboard[] = [
  ...[overview, trading, marketData, orderPath, risk, notification],
];
