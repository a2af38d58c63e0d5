locals {
  table_prefix = var.table_prefix != "" ? var.table_prefix : "ats-${var.environment}-"

  # The closed list of tables of the state store; each is keyed alike.
  tables = toset([
    "balances",
    "orders",
    "idempotency",
    "outbox",
    "sagas",
    "risk",
    "notifications",
    "access",
    "leases",
  ])
}

resource "aws_kms_key" "state" {
  description             = "ATS ${var.environment}: items of the state store"
  enable_key_rotation     = true
  deletion_window_in_days = 30
}

resource "aws_dynamodb_table" "state" {
  for_each = local.tables

  name                        = "${local.table_prefix}${each.key}"
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "_partition"
  range_key                   = "_sort"
  deletion_protection_enabled = var.deletion_protection

  attribute {
    name = "_partition"
    type = "S"
  }

  attribute {
    name = "_sort"
    type = "S"
  }

  # Items without this attribute stay for ever; idempotency records and closed ones have it.
  ttl {
    attribute_name = "_timeToLive"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = true
  }

  server_side_encryption {
    enabled     = true
    kms_key_arn = aws_kms_key.state.arn
  }

  lifecycle {
    prevent_destroy = true
  }
}
