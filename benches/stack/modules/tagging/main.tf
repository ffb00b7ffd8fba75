locals {
  base = {
    Application = var.application
    Environment = title(var.environment)
    Owner       = lower(var.owner)
    CostCenter  = var.cost_center
    ManagedBy   = "terraform"
  }

  # null and empty values never reach AWS
  tags = { for k, v in merge(local.base, var.extra) : k => trimspace(v) if v != null && v != "" }
}
