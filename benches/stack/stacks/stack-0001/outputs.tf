output "queue_count" {
  value = length(local.queues)
}

output "functions" {
  value = { for k, t in module.tenant : k => t.functions }
}
