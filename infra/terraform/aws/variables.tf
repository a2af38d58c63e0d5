variable "region" {
  description = "Region of all resources; stateStore.url names the same one."
  type        = string
}

variable "environment" {
  description = "Tells installations apart, in names and tags."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{0,15}$", var.environment))
    error_message = "Write up to 16 small letters, digits and hyphens, a letter first."
  }
}

variable "table_prefix" {
  description = "What the names of tables begin with: ?prefix= of stateStore.url. Default: ats-ENVIRONMENT-."
  type        = string
  default     = ""
}

variable "archive_bucket_name" {
  description = "Name of the bucket of the archive, unique in the world."
  type        = string
}

variable "archive_lock_mode" {
  description = "COMPLIANCE: nobody can remove an object before its time. GOVERNANCE: archive_administrators can."
  type        = string
  default     = "COMPLIANCE"

  validation {
    condition     = contains(["COMPLIANCE", "GOVERNANCE"], var.archive_lock_mode)
    error_message = "Choose COMPLIANCE or GOVERNANCE."
  }
}

variable "archive_lock_days" {
  description = "How long every object is kept at least, days. What is written under COMPLIANCE cannot be shortened."
  type        = number
  default     = 2557

  validation {
    condition     = var.archive_lock_days >= 1
    error_message = "Write one day or more."
  }
}

variable "archive_administrators" {
  description = "ARNs of roles that may remove objects whose time is over, or any under GOVERNANCE."
  type        = list(string)
  default     = []
}

variable "service_principal" {
  description = "The AWS service that runs the containers and takes on the roles."
  type        = string
  default     = "ecs-tasks.amazonaws.com"
}

variable "deletion_protection" {
  description = "Whether tables refuse to be deleted."
  type        = bool
  default     = true
}

variable "snowflake" {
  description = "What DESC INTEGRATION and SHOW PIPES of Snowflake say; null until it is set up."
  type = object({
    user_arn    = string
    external_id = string
    queue_arn   = string
  })
  default = null
}

variable "tags" {
  description = "Tags of all resources."
  type        = map(string)
  default     = {}
}
