module "tags" {
  source = "../../modules/tagging"

  application = var.application
  environment = var.environment
  owner       = var.owner
  cost_center = var.cost_center
  extra = {
    Region = var.region
    Repo   = "contact-center"
  }
}

resource "aws_connect_instance" "main" {
  identity_management_type = "CONNECT_MANAGED"
  inbound_calls_enabled    = true
  outbound_calls_enabled   = true
  instance_alias           = module.tags.name_prefix
}

resource "aws_connect_hours_of_operation" "this" {
  for_each = local.hours

  instance_id = aws_connect_instance.main.id
  name        = each.key
  time_zone   = "UTC"

  dynamic "config" {
    for_each = toset(local.days)

    content {
      day = config.value

      start_time {
        hours   = each.value.start
        minutes = 0
      }

      end_time {
        hours   = each.value.end
        minutes = 0
      }
    }
  }

  tags = module.tags.tags
}

resource "aws_connect_queue" "this" {
  for_each = local.queues

  instance_id           = aws_connect_instance.main.id
  name                  = format("%s-%s", each.value.tenant, each.value.name)
  description           = each.value.description
  max_contacts          = each.value.max_contacts
  hours_of_operation_id = aws_connect_hours_of_operation.this[each.value.hours].hours_of_operation_id
  tags                  = merge(module.tags.tags, { Tenant = each.value.tenant })
}

resource "aws_connect_routing_profile" "this" {
  for_each = local.enabled

  instance_id = aws_connect_instance.main.id
  name        = each.value.display_name
  tags        = merge(module.tags.tags, { Tenant = each.key })
}

resource "aws_connect_quick_connect" "this" {
  for_each = local.quick_connects

  instance_id = aws_connect_instance.main.id
  name        = replace(each.key, "/", "-")
  tags        = module.tags.tags
}

resource "aws_connect_user" "agent" {
  for_each = local.agents

  instance_id = aws_connect_instance.main.id
  name        = each.value.login
  tags = {
    Tenant = each.value.tenant
    Queues = join(" ", each.value.queues)
  }
}

resource "aws_cloudwatch_metric_alarm" "queue" {
  for_each = local.alarms

  alarm_name          = "${var.application}-${each.value.tenant}-${each.value.metric}"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 2
  metric_name         = each.value.metric
  namespace           = "AWS/Connect"
  period              = 60
  statistic           = "Maximum"
  threshold           = lookup({ QueueSize = 25 }, each.value.metric, 300)
  tags                = module.tags.tags
}

resource "aws_kinesis_stream" "ctr" {
  count = var.environment == "dev" ? 0 : length(local.enabled) > 10 ? 2 : 1

  name             = "${module.tags.name_prefix}-ctr-${count.index}"
  shard_count      = max(1, ceil(length(local.queues) / 50))
  retention_period = 48
  tags             = module.tags.tags
}

module "tenant" {
  source   = "../../modules/tenant"
  for_each = local.enabled

  name        = each.key
  prefix      = module.tags.name_prefix
  environment = var.environment
  tags        = module.tags.tags
  tenant      = each.value
}
