output "tags" {
  value = local.tags
}

output "name_prefix" {
  value = format("%s-%s", lower(var.application), var.environment)
}
