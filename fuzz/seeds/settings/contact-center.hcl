# The tag schema of the contact centre, and what the check has to know about it.

tenants {
  variable = "tenants"
  tag      = "Tenant"
}

tag "Tenant" {
  required = true
  pattern  = "^agency-[a-z0-9-]+$"
}

tag "Environment" {
  required = true
  allowed  = ["production", "staging", "development"]
}

tag "Project" {
  required = true
  format   = ["lower-kebab"]
}

tag "CostCenter" {
  required = true
  format   = ["upper-kebab"]
}

tag "DataClassification" {
  required = true
  allowed  = ["public", "pii", "phi", "fedramp-high"]
}

tag "Owner" {
  required = true
  format   = ["lower-kebab", "email"]
}

tag "ManagedBy" {
  required = true
  allowed  = ["terraform", "console", "cloudformation"]
}

tag "CreatedDate" {
  required = true
  format   = ["date"]
}

exempt "aws_iam_*" {
  tags   = ["Tenant", "DataClassification"]
  reason = "roles and policies serve all tenants and hold no data"
  until  = "2027-12-31"
}

assume = {
  "data.aws_partition.current.partition" = "aws"
}
