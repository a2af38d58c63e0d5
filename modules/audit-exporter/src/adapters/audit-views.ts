/** Amounts keep 18 digits after the point; the payload has the exact text. */
const decimal = (path: string): string =>
  `TRY_CAST(NULLIF(payload->>'$.${path}', '') AS DECIMAL(38, 18))`;
const time = (path: string): string =>
  `make_timestamp(NULLIF(TRY_CAST(payload->>'$.${path}' AS BIGINT), 0))`;
const words = (path: string): string => `NULLIF(payload->>'$.${path}', '')`;
const whole = (path: string): string => `TRY_CAST(payload->>'$.${path}' AS BIGINT)`;
/** An enum's value without the prefix of its type. */
const value = (path: string, prefix: string): string =>
  `replace(payload->>'$.${path}', '${prefix}_', '')`;

const PLACE = '"partition", "offset", logged_at, event_id, correlation_id';

type Column = readonly [name: string, expression: string];

function viewOf(name: string, topic: string, columns: readonly Column[], where = ''): string {
  const list = columns.map(([column, expression]) => `${expression} AS "${column}"`).join(', ');
  return `CREATE VIEW ${name} AS SELECT dt, ${list}, ${PLACE} FROM events
    WHERE topic = '${topic}' AND payload IS NOT NULL ${where}`;
}

const COMMAND = `CASE WHEN json_exists(payload, '$.submit.orderId') THEN 'SUBMIT'
  WHEN json_exists(payload, '$.replace.orderId') THEN 'REPLACE' ELSE 'CANCEL' END`;

/** The columns of an order, wherever it is in the payload. */
const orderColumns = (at: string): readonly Column[] => [
  ['order_id', words(`${at}orderId`)],
  ['account_id', words(`${at}accountId`)],
  ['trade_id', words(`${at}tradeId`)],
  ['venue', words(`${at}terms.venue`)],
  ['instrument', words(`${at}terms.instrument`)],
  ['side', value(`${at}terms.side`, 'ORDER_SIDE')],
  ['type', value(`${at}terms.type`, 'ORDER_TYPE')],
  ['time_in_force', value(`${at}terms.timeInForce`, 'TIME_IN_FORCE')],
  ['quantity', decimal(`${at}terms.quantity`)],
  ['limit_price', decimal(`${at}terms.limitPrice`)],
  ['status', value(`${at}status`, 'ORDER_STATUS')],
  ['cumulative_quantity', decimal(`${at}cumulativeQuantity`)],
  ['leaves_quantity', decimal(`${at}leavesQuantity`)],
  ['average_price', decimal(`${at}averagePrice`)],
  ['cumulative_notional', decimal(`${at}cumulativeNotional`)],
  ['client_order_id', words(`${at}terms.clientOrderId`)],
  ['venue_order_id', words(`${at}venueOrderId`)],
  ['detail', words(`${at}detail`)],
  ['version', whole(`${at}version`)],
  ['created_at', time(`${at}createdAtUs`)],
  ['updated_at', time(`${at}updatedAtUs`)],
];

const REPORT: readonly Column[] = [
  ['execution_id', words('executionId')],
  ['order_id', words('orderId')],
  ['venue', words('venue')],
  ['instrument', words('instrument')],
  ['type', value('type', 'EXECUTION_TYPE')],
  ['side', value('side', 'ORDER_SIDE')],
  ['last_quantity', decimal('lastQuantity')],
  ['last_price', decimal('lastPrice')],
  ['fee', decimal('fee')],
  ['fee_asset', words('feeAsset')],
  ['venue_order_id', words('venueOrderId')],
  ['cumulative_quantity', decimal('cumulativeQuantity')],
  ['detail', words('detail')],
  ['exchange_time', time('exchangeTimeUs')],
  ['received_at', time('receivedAtUs')],
];

const TRADE: readonly Column[] = [
  ['trade_id', words('tradeId')],
  ['opportunity_id', words('opportunityId')],
  ['account_id', words('accountId')],
  ['origin', value('origin', 'TRADE_ORIGIN')],
  ['state', value('state', 'TRADE_STATE')],
  ['reason', words('reason')],
  ['base', words('base')],
  ['quantity', decimal('quantity')],
  ['numeraire', words('numeraire')],
  ['realised_profit', decimal('realisedProfit')],
  ['quoted', decimal('waterfall.quoted')],
  ['staleness', decimal('waterfall.staleness')],
  ['fees', decimal('waterfall.fees')],
  ['slippage', decimal('waterfall.slippage')],
  ['unwind', decimal('waterfall.unwind')],
  ['unhedged_usd_seconds', "TRY_CAST(payload->>'$.unhedgedUsdSeconds' AS DOUBLE)"],
  ['buy_order_id', words('buyOrderId')],
  ['sell_order_id', words('sellOrderId')],
  ['detail', words('detail')],
  ['version', whole('version')],
  ['created_at', time('createdAtUs')],
  ['updated_at', time('updatedAtUs')],
];

const LEDGER_ENTRY: readonly Column[] = [
  ['entry_id', words('entryId')],
  ['cause_id', words('causeId')],
  ['kind', words('kind')],
  ['postings', "payload->'$.postings'"],
  ['detail', words('detail')],
  ['posted_at', time('postedAtUs')],
];

const POSTING =
  '[{"accountId":"VARCHAR","venue":"VARCHAR","asset":"VARCHAR","bucket":"VARCHAR","amount":"VARCHAR"}]';

const RISK_DECISION: readonly Column[] = [
  ['opportunity_id', words('opportunityId')],
  ['verdict', value('verdict', 'VERDICT')],
  ['reason', value('reason', 'REASON_CODE')],
  ['detail', words('detail')],
  ['limit_value', words('limit')],
  ['asked_value', words('value')],
];

const ALERT: readonly Column[] = [
  ['alert_id', words('alertId')],
  ['condition', words('key')],
  ['severity', value('severity', 'SEVERITY')],
  ['area', value('area', 'ALERT_AREA')],
  ['summary', words('summary')],
  ['facts', "payload->'$.facts'"],
  ['raised_at', time('raisedAtUs')],
  ['resolved_at', time('resolvedAtUs')],
];

const ACCESS: readonly Column[] = [
  ['actor', words('actor')],
  ['actor_kind', words('actorKind')],
  ['role', words('role')],
  ['session_id', words('sessionId')],
  ['source', words('source')],
  ['action', words('action')],
  ['target', words('target')],
  ['outcome', words('outcome')],
  ['reason', words('reason')],
  ['request', words('request')],
  ['before', words('before')],
  ['after', words('after')],
  ['occurred_at', time('atUs')],
];

/** One row of each id: the one that the order puts first. */
function oneOf(name: string, options: { from: string; id: string; first: string }): string {
  const { from, id, first } = options;
  return `CREATE VIEW ${name} AS SELECT * FROM ${from}
    QUALIFY row_number() OVER (PARTITION BY ${id} ORDER BY ${first}) = 1`;
}

/**
 * Views over `events`, in the order in which they are made. The log delivers at least once and
 * takes an event twice: `orders` and `trades` keep the newest version of each, `executions` and
 * `ledger_entries` the first row of each.
 */
export const AUDIT_VIEWS: readonly string[] = [
  viewOf('order_events', 'orders.events', [
    ...orderColumns('order.'),
    ['previous_status', value('previousStatus', 'ORDER_STATUS')],
    ['occurred_at', time('occurredAtUs')],
  ]),
  oneOf('orders', { from: 'order_events', id: 'order_id', first: 'version DESC' }),
  viewOf('order_commands', 'orders.commands', [
    ['command', COMMAND],
    [
      'order_id',
      `coalesce(${words('submit.orderId')}, ${words('cancelOrderId')},
      ${words('replace.orderId')})`,
    ],
    ['request_id', `coalesce(${words('requestId')}, ${words('replace.replacement.requestId')})`],
    ['issued_at', time('issuedAtUs')],
  ]),
  viewOf('execution_reports', 'exec.reports', REPORT),
  oneOf('executions', {
    from: 'execution_reports',
    id: 'order_id, execution_id',
    first: 'logged_at, "offset"',
  }),
  "CREATE VIEW fills AS SELECT * FROM executions WHERE type = 'FILL'",
  viewOf('trade_events', 'trades', TRADE),
  oneOf('trades', { from: 'trade_events', id: 'trade_id', first: 'version DESC' }),
  viewOf('ledger_records', 'ledger.entries', LEDGER_ENTRY),
  oneOf('ledger_entries', {
    from: 'ledger_records',
    id: 'entry_id',
    first: 'logged_at, "offset"',
  }),
  `CREATE VIEW postings AS
    SELECT dt, entry_id, cause_id, kind, posting."accountId" AS account_id, posting.venue AS venue,
      posting.asset AS asset, replace(posting.bucket, 'BUCKET_', '') AS bucket,
      TRY_CAST(posting.amount AS DECIMAL(38, 18)) AS amount, posted_at, ${PLACE}
    FROM (SELECT *, unnest(from_json(postings, '${POSTING}')) AS posting FROM ledger_entries)`,
  viewOf('risk_decisions', 'risk.decisions', RISK_DECISION),
  viewOf('alerts', 'alerts', ALERT),
  viewOf('access_log', 'access', ACCESS),
  `CREATE VIEW dead_letters AS
    SELECT dt, topic, dead_letter->>'$.topic' AS from_topic,
      TRY_CAST(dead_letter->>'$.partition' AS INTEGER) AS from_partition,
      TRY_CAST(dead_letter->>'$.offset' AS BIGINT) AS from_offset,
      dead_letter->>'$.group' AS "group", dead_letter->>'$.reason' AS reason,
      "schema", "key", payload, problem, bytes, ${PLACE}
    FROM events WHERE topic LIKE '%.dead'`,
];
