output "name" {
  value = substr(var.name, 0, 63)
}
