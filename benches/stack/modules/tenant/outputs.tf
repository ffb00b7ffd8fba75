output "functions" {
  value = { for k, m in module.lambda : k => m.name }
}

output "tables" {
  value = [for k in sort(keys(module.table)) : module.table[k].name]
}
