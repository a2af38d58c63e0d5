output "state_store_url" {
  description = "stateStore.url of the distributed profile."
  value       = "dynamodb://${var.region}?prefix=${local.table_prefix}"
}

output "archive_bucket" {
  description = "Name of the bucket that archive.url names."
  value       = aws_s3_bucket.archive.bucket
}

output "table_names" {
  description = "Names of the tables of the state store."
  value       = { for name, table in aws_dynamodb_table.state : name => table.name }
}

output "role_arns" {
  description = "The role of each service, and audit-reader for those who verify and query."
  value       = { for name, role in aws_iam_role.service : name => role.arn }
}

output "snowflake_role_arn" {
  description = "STORAGE_AWS_ROLE_ARN of the storage integration; null until var.snowflake is set."
  value       = one(aws_iam_role.snowflake[*].arn)
}
