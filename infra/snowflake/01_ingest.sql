-- The archive into Snowflake: stage, file format, table and pipe.
-- Run as a role that may create integrations; README.md says in which order and with which names.

CREATE DATABASE IF NOT EXISTS ats;
CREATE SCHEMA IF NOT EXISTS ats.audit;
USE SCHEMA ats.audit;

CREATE STORAGE INTEGRATION IF NOT EXISTS ats_archive
  TYPE = EXTERNAL_STAGE
  STORAGE_PROVIDER = 'S3'
  ENABLED = TRUE
  STORAGE_AWS_ROLE_ARN = 'arn:aws:iam::<account>:role/ats-<environment>-snowflake'
  STORAGE_ALLOWED_LOCATIONS = ('s3://<bucket>/events/');

-- One JSON object a line. Numbers stay exact: amounts are texts in the payload.
CREATE FILE FORMAT IF NOT EXISTS jsonl_gz
  TYPE = JSON
  COMPRESSION = GZIP
  STRIP_OUTER_ARRAY = FALSE
  STRIP_NULL_VALUES = FALSE
  IGNORE_UTF8_ERRORS = FALSE;

CREATE STAGE IF NOT EXISTS archive
  URL = 's3://<bucket>/events/'
  STORAGE_INTEGRATION = ats_archive
  FILE_FORMAT = jsonl_gz;

-- One row for each record of the log. A record is known by topic, partition and offset.
CREATE TABLE IF NOT EXISTS events (
  dt             DATE           NOT NULL,
  topic          VARCHAR        NOT NULL,
  partition_id   NUMBER(10, 0)  NOT NULL,
  offset_id      NUMBER(19, 0)  NOT NULL,
  event_id       VARCHAR        NOT NULL,
  schema_name    VARCHAR        NOT NULL,
  key            VARCHAR        NOT NULL,
  correlation_id VARCHAR        NOT NULL,
  traceparent    VARCHAR,
  logged_at      TIMESTAMP_NTZ(6) NOT NULL,
  dead_letter    VARIANT,
  payload        VARIANT,
  problem        VARCHAR,
  bytes          VARCHAR        NOT NULL,
  file_name      VARCHAR        NOT NULL,
  loaded_at      TIMESTAMP_LTZ  NOT NULL
) CLUSTER BY (dt, topic);

-- Snowflake remembers the files that it has loaded, and segments never change: nothing twice.
CREATE PIPE IF NOT EXISTS events_pipe
  AUTO_INGEST = TRUE
AS
COPY INTO events
FROM (
  SELECT
    TO_DATE(REGEXP_SUBSTR(METADATA$FILENAME, 'dt=([0-9]{4}-[0-9]{2}-[0-9]{2})', 1, 1, 'e', 1)),
    $1:topic::VARCHAR,
    $1:partition::NUMBER(10, 0),
    $1:offset::NUMBER(19, 0),
    $1:eventId::VARCHAR,
    $1:schema::VARCHAR,
    $1:key::VARCHAR,
    $1:correlationId::VARCHAR,
    $1:traceparent::VARCHAR,
    TO_TIMESTAMP_NTZ($1:loggedAtUs::NUMBER(19, 0), 6),
    $1:deadLetter,
    $1:payload,
    $1:problem::VARCHAR,
    $1:bytes::VARCHAR,
    METADATA$FILENAME,
    METADATA$START_SCAN_TIME
  FROM @archive
)
PATTERN = '.*dt=[0-9-]+/topic=[a-z.]+/p=[0-9]+/offset=[0-9]+-[0-9]+[.]jsonl[.]gz'
ON_ERROR = SKIP_FILE;
