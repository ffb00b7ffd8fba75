locals {
  days    = ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY"]
  enabled = { for name, t in var.tenants : name => t if t.enabled }

  hours = {
    business = { start = 8, end = 18 }
    extended = { start = 6, end = 22 }
    always   = { start = 0, end = 23 }
  }

  # one entry for each queue of each enabled tenant
  queues = {
    for q in flatten([
      for tname, t in local.enabled : [
        for qname, q in t.queues : {
          key          = "${tname}/${qname}"
          tenant       = tname
          name         = qname
          description  = coalesce(q.description, "Queue ${qname} of ${t.display_name}")
          max_contacts = q.max_contacts
          hours        = q.hours
          priority     = q.priority
        }
      ]
    ]) : q.key => q
  }

  agents = merge([
    for tname, t in local.enabled : {
      for a in t.agents : "${tname}.${a.login}" => {
        login  = a.login
        tenant = tname
        queues = [for q in a.queues : "${tname}/${q}" if contains(keys(t.queues), q)]
      }
    }
  ]...)

  quick_connects = { for k, q in local.queues : k => q if q.priority <= 2 }
  alarm_metrics  = ["QueueSize", "LongestQueueWaitTime"]
  alarms = var.environment == "prod" ? {
    for p in setproduct(sort(keys(local.enabled)), local.alarm_metrics) : "${p[0]}:${p[1]}" => { tenant = p[0], metric = p[1] }
  } : {}
}
