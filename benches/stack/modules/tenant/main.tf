locals {
  name       = "${var.prefix}-${var.name}"
  is_premium = var.tenant.tier == "premium"
  tags = merge(var.tags, {
    Tenant = var.name
    Tier   = var.tenant.tier
  })
}

module "lambda" {
  source   = "../lambda-fn"
  for_each = var.tenant.lambdas

  name        = "${local.name}-${each.key}"
  memory      = local.is_premium ? max(each.value.memory, 512) : each.value.memory
  timeout     = each.value.timeout
  environment = merge({ TENANT = var.name, STAGE = var.environment }, each.value.env)
  log_days    = var.environment == "prod" ? 365 : 14
  tags        = local.tags
}

module "table" {
  source   = "../dynamo-table"
  for_each = var.tenant.tables

  name        = "${local.name}-${each.key}"
  hash_key    = each.value.hash_key
  range_key   = each.value.range_key
  indexes     = each.value.indexes
  autoscaling = local.is_premium
  tags        = local.tags
}

module "bucket" {
  source   = "../bucket"
  for_each = toset(var.tenant.buckets)

  name       = lower(replace("${local.name}-${each.value}", "_", "-"))
  versioning = var.environment != "dev"
  tags       = local.tags
}

resource "aws_kms_key" "tenant" {
  count = local.is_premium ? 1 : 0

  description             = "Data key for ${var.tenant.display_name}"
  deletion_window_in_days = 30
  enable_key_rotation     = true
  tags                    = local.tags
}
