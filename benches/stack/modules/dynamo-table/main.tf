locals {
  attributes = distinct(compact(concat([var.hash_key, var.range_key], var.indexes)))
}

resource "aws_dynamodb_table" "this" {
  name         = var.name
  billing_mode = var.autoscaling ? "PROVISIONED" : "PAY_PER_REQUEST"
  hash_key     = var.hash_key
  range_key    = var.range_key

  dynamic "attribute" {
    for_each = local.attributes

    content {
      name = attribute.value
      type = "S"
    }
  }

  dynamic "global_secondary_index" {
    for_each = toset(var.indexes)

    content {
      name            = "by-${global_secondary_index.value}"
      hash_key        = global_secondary_index.value
      projection_type = "ALL"
    }
  }

  tags = merge(var.tags, { Component = "table" })
}

resource "aws_appautoscaling_target" "this" {
  for_each = var.autoscaling ? toset(["ReadCapacityUnits", "WriteCapacityUnits"]) : toset([])

  max_capacity       = 100
  min_capacity       = 5
  resource_id        = "table/${var.name}"
  scalable_dimension = "dynamodb:table:${each.value}"
  service_namespace  = "dynamodb"
}
