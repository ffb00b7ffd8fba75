# Tags of a multi-tenant government contact centre: eight keys on everything that takes tags.
# Written by `tf-headroom init --profile gov-ccaas`; yours to change.

# tenants {                      # then `equals = "tenant"` in the block below holds each tenant's resources to its key
#   variable = "tenants"
# }

tag "Tenant" {
  description = "the agency it serves: cost allocation, access control"
  required    = true
  pattern     = "^agency-[a-z0-9]+(-[a-z0-9]+)*$"
}

tag "Environment" {
  required = true
  allowed  = ["production", "staging", "development", "dr"]
}

tag "Project" {
  required = true
  format   = ["lower-kebab"]
}

tag "CostCenter" {
  description = "for chargeback: CC-12345, CENSUS-OPS-001"
  required    = true
  format      = ["upper-kebab"]
}

tag "DataClassification" {
  required = true
  allowed  = ["public", "pii", "phi", "fedramp-high"]
}

tag "Owner" {
  description = "a team or a person"
  required    = true
  format      = ["lower-kebab", "email"]
}

tag "ManagedBy" {
  required = true
  allowed  = ["terraform", "console", "cloudformation"]
  default  = "terraform"         # what `tf-headroom tags fix` writes where the key is missing
}

tag "CreatedDate" {
  description = "the day it was made, which later plans must not change"
  required    = true
  format      = ["date"]
}
