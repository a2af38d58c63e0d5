# Nothing here exists until var.snowflake says who Snowflake is: see infra/snowflake.

data "aws_iam_policy_document" "snowflake_trust" {
  count = var.snowflake == null ? 0 : 1

  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "AWS"
      identifiers = [var.snowflake.user_arn]
    }

    condition {
      test     = "StringEquals"
      variable = "sts:ExternalId"
      values   = [var.snowflake.external_id]
    }
  }
}

resource "aws_iam_role" "snowflake" {
  count = var.snowflake == null ? 0 : 1

  name               = "ats-${var.environment}-snowflake"
  assume_role_policy = data.aws_iam_policy_document.snowflake_trust[0].json
}

data "aws_iam_policy_document" "snowflake" {
  count = var.snowflake == null ? 0 : 1

  statement {
    sid       = "List"
    actions   = ["s3:ListBucket"]
    resources = [aws_s3_bucket.archive.arn]

    condition {
      test     = "StringLike"
      variable = "s3:prefix"
      values   = ["events/*"]
    }
  }

  statement {
    sid       = "Place"
    actions   = ["s3:GetBucketLocation"]
    resources = [aws_s3_bucket.archive.arn]
  }

  statement {
    sid       = "Read"
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.archive.arn}/events/*"]
  }

  statement {
    sid       = "Key"
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.archive.arn]
  }
}

resource "aws_iam_role_policy" "snowflake" {
  count = var.snowflake == null ? 0 : 1

  name   = "archive"
  role   = aws_iam_role.snowflake[0].id
  policy = data.aws_iam_policy_document.snowflake[0].json
}

# Tells the pipe of every new segment.
resource "aws_s3_bucket_notification" "archive" {
  count = var.snowflake == null ? 0 : 1

  bucket = aws_s3_bucket.archive.id

  queue {
    id            = "snowflake-pipe"
    queue_arn     = var.snowflake.queue_arn
    events        = ["s3:ObjectCreated:*"]
    filter_prefix = "events/"
    filter_suffix = ".jsonl.gz"
  }
}
