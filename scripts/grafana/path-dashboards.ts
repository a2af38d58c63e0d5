import {
  curves,
  type Dashboard,
  halfAndWorst,
  quantileBy,
  rateBy,
  rates,
  worst,
} from './dashboard.ts';

const byVenue = (title: string, unit: string, query: string) =>
  curves(title, unit, ['{{venue}}', query]);
const venueRate = (title: string, name: string) =>
  byVenue(title, 'cps', rateBy('venue', `ats_collector_${name}_total`));

export const marketData: Dashboard = {
  name: 'market-data',
  title: 'Market data quality',
  rows: [
    [
      venueRate('Frames', 'frames'),
      venueRate('Updates of books', 'book_updates'),
      byVenue('Books live', 'percentunit', 'ats_collector_books_live / ats_collector_books'),
    ],
    [
      byVenue('Since a book changed', 's', 'ats_collector_quiet_seconds'),
      byVenue(
        'Frame to book, p99',
        's',
        quantileBy(0.99, 'venue', 'ats_path_stage_seconds{stage="frame_to_book"}'),
      ),
      byVenue('Clock skew', 's', 'ats_collector_clock_skew_seconds'),
    ],
    [
      venueRate('Connections lost', 'reconnects'),
      venueRate('Books asked for again', 'resyncs'),
      curves('Books dropped', 'cps', [
        '{{venue}} {{reason}}',
        `${rateBy('venue, reason', 'ats_collector_books_dropped_total')} or vector(0)`,
      ]),
    ],
    [
      venueRate('Sequence gaps', 'sequence_gaps'),
      venueRate('Checksums that did not agree', 'checksums_failed'),
      venueRate('Frames that do not fit the protocol', 'frames_malformed'),
    ],
    [
      rates('Bounds met', 'cps', 'venue, limit', 'ats_collector_limit_hits_total'),
      curves(
        'Bus',
        'cps',
        ['published {{kind}}', rateBy('kind', 'ats_storage_bus_published_total')],
        ['conflated for {{where}}', rateBy('where', 'ats_storage_bus_conflated_total')],
        ['dropped: {{reason}}', rateBy('reason', 'ats_storage_bus_dropped_total')],
      ),
      curves(
        'Ticks',
        'cps',
        ['written', 'sum(rate(ats_storage_ticks_written_total[$__rate_interval]))'],
        ['refused: {{reason}}', rateBy('reason', 'ats_storage_ticks_refused_total')],
        ['waiting', 'sum(ats_storage_tick_queue_depth)'],
      ),
    ],
  ],
};

export const orderPath: Dashboard = {
  name: 'order-path',
  title: 'Order path',
  rows: [
    [
      curves('Stages, p50', 's', ['{{stage}}', quantileBy(0.5, 'stage', 'ats_path_stage_seconds')]),
      worst('Stages, p99', 'stage', 'ats_path_stage_seconds'),
      byVenue(
        'Until the venue answers, p99',
        's',
        quantileBy(0.99, 'venue', 'ats_path_stage_seconds{stage="venue_to_answer"}'),
      ),
    ],
    [
      rates('What the gateway took', 'cps', 'use, result', 'ats_gateway_answers_total'),
      rates('REST requests', 'reqps', 'route, result', 'ats_gateway_requests_total'),
      halfAndWorst('Submit until durable', 'service', 'ats_gateway_submit_duration_seconds'),
    ],
    [
      curves('Gates open', 'bool_yes_no', [
        '{{gate}}',
        'min by (gate) (ats_gateway_gate_open_ratio)',
      ]),
      curves(
        'Outbox',
        'short',
        ['{{service}} waiting', 'max by (service) (ats_orders_outbox_waiting_entries)'],
        ['{{service}} oldest, s', 'max by (service) (ats_orders_outbox_oldest_age_seconds)'],
      ),
      curves('Behind the log', 'short', [
        '{{group}} {{topic}}',
        'topk(10, sum by (group, topic) (ats_storage_log_lag_records))',
      ]),
    ],
    [
      rates('Records', 'cps', 'topic', 'ats_storage_log_appended_total'),
      worst('Commits, p99', 'store', 'ats_storage_commit_seconds'),
      curves('Commits that wait', 'short', [
        '{{store}}',
        'max by (store) (ats_storage_commit_queue_depth)',
      ]),
    ],
    [
      rates('OMS', 'cps', 'kind, result', 'ats_oms_inputs_total'),
      worst('OMS: record to effect, p99', 'kind', 'ats_oms_input_seconds'),
      curves(
        'OMS memory',
        'short',
        ['orders', 'sum(ats_oms_cached_orders)'],
        ['fills without money', 'sum(ats_oms_unbooked_fills)'],
      ),
    ],
    [
      rates('Calls of venues', 'cps', 'venue, call, result', 'ats_venue_gateway_calls_total'),
      curves('Calls that wait', 'short', [
        '{{venue}}',
        'sum by (venue) (ats_venue_gateway_queue_calls)',
      ]),
      curves(
        'Breakers, submits unclear',
        'short',
        ['{{venue}} breaker', 'max by (venue) (ats_venue_gateway_breaker_open_ratio)'],
        ['{{venue}} unclear', 'sum by (venue) (ats_venue_gateway_ambiguous_total)'],
      ),
    ],
    [
      rates('Calls of services', 'reqps', 'service', 'ats_rpc_served_total'),
      curves('Calls that failed', 'percentunit', ['{{service}}', 'service:ats_rpc_ill:ratio5m']),
      worst('Calls, p99', 'service', 'ats_rpc_served_seconds'),
    ],
    [
      curves('Archive behind', 's', ['age', 'max(ats_audit_lag_seconds)']),
      curves('Archive waiting', 'short', [
        '{{topic}}',
        'sum by (topic) (ats_audit_waiting_records)',
      ]),
    ],
  ],
};
