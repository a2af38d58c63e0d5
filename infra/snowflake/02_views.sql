-- Views of topics with typed columns, as `ats audit query` has them.
-- The log delivers at least once and may carry an event twice: states keep the newest version of
-- an id, executions and ledger entries the first row of each.

USE SCHEMA ats.audit;

CREATE OR REPLACE VIEW order_events AS
SELECT
  dt,
  payload:order.orderId::VARCHAR                                         AS order_id,
  payload:order.accountId::VARCHAR                                       AS account_id,
  NULLIF(payload:order.tradeId::VARCHAR, '')                             AS trade_id,
  payload:order.terms.venue::VARCHAR                                     AS venue,
  payload:order.terms.instrument::VARCHAR                                AS instrument,
  REPLACE(payload:order.terms.side::VARCHAR, 'ORDER_SIDE_', '')          AS side,
  REPLACE(payload:order.terms.type::VARCHAR, 'ORDER_TYPE_', '')          AS type,
  REPLACE(payload:order.terms.timeInForce::VARCHAR, 'TIME_IN_FORCE_', '') AS time_in_force,
  TRY_TO_NUMBER(payload:order.terms.quantity::VARCHAR, 38, 18)           AS quantity,
  TRY_TO_NUMBER(payload:order.terms.limitPrice::VARCHAR, 38, 18)         AS limit_price,
  REPLACE(payload:order.status::VARCHAR, 'ORDER_STATUS_', '')            AS status,
  TRY_TO_NUMBER(payload:order.cumulativeQuantity::VARCHAR, 38, 18)       AS cumulative_quantity,
  TRY_TO_NUMBER(payload:order.leavesQuantity::VARCHAR, 38, 18)           AS leaves_quantity,
  TRY_TO_NUMBER(payload:order.cumulativeNotional::VARCHAR, 38, 18)       AS cumulative_notional,
  payload:order.version::NUMBER(19, 0)                                   AS version,
  TO_TIMESTAMP_NTZ(payload:order.createdAtUs::NUMBER(19, 0), 6)          AS created_at,
  TO_TIMESTAMP_NTZ(payload:order.updatedAtUs::NUMBER(19, 0), 6)          AS updated_at,
  REPLACE(payload:previousStatus::VARCHAR, 'ORDER_STATUS_', '')          AS previous_status,
  partition_id, offset_id, logged_at, event_id, correlation_id
FROM events
WHERE topic = 'orders.events' AND payload IS NOT NULL;

CREATE OR REPLACE VIEW orders AS
SELECT * FROM order_events
QUALIFY ROW_NUMBER() OVER (PARTITION BY order_id ORDER BY version DESC) = 1;

CREATE OR REPLACE VIEW executions AS
SELECT
  dt,
  payload:executionId::VARCHAR                                  AS execution_id,
  payload:orderId::VARCHAR                                      AS order_id,
  payload:venue::VARCHAR                                        AS venue,
  payload:instrument::VARCHAR                                   AS instrument,
  REPLACE(payload:type::VARCHAR, 'EXECUTION_TYPE_', '')         AS type,
  REPLACE(payload:side::VARCHAR, 'ORDER_SIDE_', '')             AS side,
  TRY_TO_NUMBER(payload:lastQuantity::VARCHAR, 38, 18)          AS last_quantity,
  TRY_TO_NUMBER(payload:lastPrice::VARCHAR, 38, 18)             AS last_price,
  TRY_TO_NUMBER(payload:fee::VARCHAR, 38, 18)                   AS fee,
  NULLIF(payload:feeAsset::VARCHAR, '')                         AS fee_asset,
  TO_TIMESTAMP_NTZ(payload:receivedAtUs::NUMBER(19, 0), 6)      AS received_at,
  partition_id, offset_id, logged_at, event_id, correlation_id
FROM events
WHERE topic = 'exec.reports' AND payload IS NOT NULL
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY payload:orderId::VARCHAR, payload:executionId::VARCHAR
  ORDER BY logged_at, offset_id
) = 1;

CREATE OR REPLACE VIEW fills AS
SELECT * FROM executions WHERE type = 'FILL';

CREATE OR REPLACE VIEW trades AS
SELECT
  dt,
  payload:tradeId::VARCHAR                                      AS trade_id,
  NULLIF(payload:opportunityId::VARCHAR, '')                    AS opportunity_id,
  payload:accountId::VARCHAR                                    AS account_id,
  REPLACE(payload:state::VARCHAR, 'TRADE_STATE_', '')           AS state,
  payload:reason::VARCHAR                                       AS reason,
  payload:base::VARCHAR                                         AS base,
  TRY_TO_NUMBER(payload:quantity::VARCHAR, 38, 18)              AS quantity,
  payload:numeraire::VARCHAR                                    AS numeraire,
  TRY_TO_NUMBER(payload:realisedProfit::VARCHAR, 38, 18)        AS realised_profit,
  payload:waterfall                                             AS waterfall,
  payload:unhedgedUsdSeconds::DOUBLE                            AS unhedged_usd_seconds,
  payload:version::NUMBER(19, 0)                                AS version,
  TO_TIMESTAMP_NTZ(payload:createdAtUs::NUMBER(19, 0), 6)       AS created_at,
  TO_TIMESTAMP_NTZ(payload:updatedAtUs::NUMBER(19, 0), 6)       AS updated_at,
  partition_id, offset_id, logged_at, event_id, correlation_id
FROM events
WHERE topic = 'trades' AND payload IS NOT NULL
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY payload:tradeId::VARCHAR
  ORDER BY payload:version::NUMBER(19, 0) DESC
) = 1;

CREATE OR REPLACE VIEW ledger_entries AS
SELECT
  dt,
  payload:entryId::VARCHAR                                      AS entry_id,
  payload:causeId::VARCHAR                                      AS cause_id,
  payload:kind::VARCHAR                                         AS kind,
  payload:postings                                              AS postings,
  NULLIF(payload:detail::VARCHAR, '')                           AS detail,
  TO_TIMESTAMP_NTZ(payload:postedAtUs::NUMBER(19, 0), 6)        AS posted_at,
  partition_id, offset_id, logged_at, event_id, correlation_id
FROM events
WHERE topic = 'ledger.entries' AND payload IS NOT NULL
QUALIFY ROW_NUMBER() OVER (
  PARTITION BY payload:entryId::VARCHAR
  ORDER BY logged_at, offset_id
) = 1;

CREATE OR REPLACE VIEW postings AS
SELECT
  entry.dt,
  entry.entry_id,
  entry.cause_id,
  entry.kind,
  posting.value:accountId::VARCHAR                              AS account_id,
  posting.value:venue::VARCHAR                                  AS venue,
  posting.value:asset::VARCHAR                                  AS asset,
  REPLACE(posting.value:bucket::VARCHAR, 'BUCKET_', '')         AS bucket,
  TRY_TO_NUMBER(posting.value:amount::VARCHAR, 38, 18)          AS amount,
  entry.posted_at,
  entry.correlation_id
FROM ledger_entries entry, LATERAL FLATTEN(INPUT => entry.postings) posting;

CREATE OR REPLACE VIEW risk_decisions AS
SELECT
  dt,
  payload:opportunityId::VARCHAR                                AS opportunity_id,
  REPLACE(payload:verdict::VARCHAR, 'VERDICT_', '')             AS verdict,
  REPLACE(payload:reason::VARCHAR, 'REASON_CODE_', '')          AS reason,
  NULLIF(payload:detail::VARCHAR, '')                           AS detail,
  partition_id, offset_id, logged_at, event_id, correlation_id
FROM events
WHERE topic = 'risk.decisions' AND payload IS NOT NULL;

CREATE OR REPLACE VIEW alerts AS
SELECT
  dt,
  payload:alertId::VARCHAR                                      AS alert_id,
  payload:key::VARCHAR                                          AS condition,
  REPLACE(payload:severity::VARCHAR, 'SEVERITY_', '')           AS severity,
  REPLACE(payload:area::VARCHAR, 'ALERT_AREA_', '')             AS area,
  payload:summary::VARCHAR                                      AS summary,
  payload:facts                                                 AS facts,
  TO_TIMESTAMP_NTZ(payload:raisedAtUs::NUMBER(19, 0), 6)        AS raised_at,
  partition_id, offset_id, logged_at, event_id, correlation_id
FROM events
WHERE topic = 'alerts' AND payload IS NOT NULL;

CREATE OR REPLACE VIEW dead_letters AS
SELECT
  dt,
  topic,
  dead_letter:topic::VARCHAR                                    AS from_topic,
  dead_letter:partition::NUMBER(10, 0)                          AS from_partition,
  dead_letter:offset::NUMBER(19, 0)                             AS from_offset,
  dead_letter:group::VARCHAR                                    AS group_name,
  dead_letter:reason::VARCHAR                                   AS reason,
  schema_name, key, payload, problem, bytes,
  partition_id, offset_id, logged_at, event_id, correlation_id
FROM events
WHERE topic LIKE '%.dead';

-- Offsets that are not there: no row means that everything archived was loaded.
CREATE OR REPLACE VIEW missing_offsets AS
SELECT topic, partition_id, previous_offset + 1 AS from_offset, offset_id - 1 AS to_offset
FROM (
  SELECT
    topic, partition_id, offset_id,
    LAG(offset_id, 1, -1) OVER (PARTITION BY topic, partition_id ORDER BY offset_id)
      AS previous_offset
  FROM events
)
WHERE offset_id > previous_offset + 1;
