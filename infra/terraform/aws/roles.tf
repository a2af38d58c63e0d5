locals {
  # Which tables each service reads and writes. Those that are not here need no store.
  service_tables = {
    order-gateway   = ["balances", "orders", "idempotency", "outbox", "leases"]
    oms-core        = ["balances", "orders", "idempotency", "outbox", "leases"]
    venue-gateway   = ["orders", "outbox"]
    trading-engine  = ["sagas", "outbox", "leases"]
    risk-manager    = ["risk", "outbox", "leases"]
    notification    = ["notifications", "outbox"]
    access          = ["access"]
    price-collector = ["leases"]
  }

  roles = toset(concat(keys(local.service_tables), ["audit-exporter", "audit-reader"]))
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = [var.service_principal]
    }

    # Nobody else's containers, though they run on the same service.
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [data.aws_caller_identity.current.account_id]
    }
  }
}

resource "aws_iam_role" "service" {
  for_each = local.roles

  name                 = "ats-${var.environment}-${each.key}"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  max_session_duration = 3600
}

data "aws_iam_policy_document" "tables" {
  for_each = local.service_tables

  # TransactWriteItems is allowed by what its items do; there is no scan and no table is changed.
  statement {
    sid = "Items"
    actions = [
      "dynamodb:ConditionCheckItem",
      "dynamodb:DeleteItem",
      "dynamodb:DescribeTable",
      "dynamodb:GetItem",
      "dynamodb:PutItem",
      "dynamodb:Query",
      "dynamodb:UpdateItem",
    ]
    resources = [for table in each.value : aws_dynamodb_table.state[table].arn]
  }

  # At the start every table of the store must be there, those of other services as well.
  statement {
    sid       = "Start"
    actions   = ["dynamodb:DescribeTable"]
    resources = [for table in aws_dynamodb_table.state : table.arn]
  }

  # Asks whether the store answers; it cannot be narrowed to a table.
  statement {
    sid       = "Health"
    actions   = ["dynamodb:ListTables"]
    resources = ["*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"]
    resources = [aws_kms_key.state.arn]

    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["dynamodb.${var.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "tables" {
  for_each = local.service_tables

  name   = "tables"
  role   = aws_iam_role.service[each.key].id
  policy = data.aws_iam_policy_document.tables[each.key].json
}

data "aws_iam_policy_document" "archive_read" {
  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.archive.arn]
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.archive.arn}/*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.archive.arn]
  }
}

# Puts and reads back; it cannot remove, nor change how long anything is kept.
data "aws_iam_policy_document" "archive_write" {
  source_policy_documents = [data.aws_iam_policy_document.archive_read.json]

  statement {
    sid     = "Put"
    actions = ["s3:PutObject"]
    resources = [
      "${aws_s3_bucket.archive.arn}/events/*",
      "${aws_s3_bucket.archive.arn}/heads/*",
      "${aws_s3_bucket.archive.arn}/links/*",
    ]
  }

  statement {
    sid       = "PutKey"
    actions   = ["kms:GenerateDataKey"]
    resources = [aws_kms_key.archive.arn]
  }
}

resource "aws_iam_role_policy" "archive_write" {
  name   = "archive"
  role   = aws_iam_role.service["audit-exporter"].id
  policy = data.aws_iam_policy_document.archive_write.json
}

# For people and machines that verify and query: `ats audit` with this role.
resource "aws_iam_role_policy" "archive_read" {
  name   = "archive"
  role   = aws_iam_role.service["audit-reader"].id
  policy = data.aws_iam_policy_document.archive_read.json
}
