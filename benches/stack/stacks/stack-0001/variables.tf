variable "application" {
  type = string
}

variable "environment" {
  type = string
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "owner" {
  type    = string
  default = "contact-center"
}

variable "cost_center" {
  type    = string
  default = "CC-0001"
}

variable "tenants" {
  description = "Tenants of this contact center, by short name"
  type = map(object({
    display_name = string
    enabled      = optional(bool, true)
    tier         = optional(string, "standard")
    queues = optional(map(object({
      description  = optional(string)
      max_contacts = optional(number, 10)
      hours        = optional(string, "business")
      priority     = optional(number, 1)
    })), {})
    agents  = optional(list(object({ login = string, queues = list(string) })), [])
    buckets = optional(list(string), [])
    lambdas = optional(map(object({
      memory  = optional(number, 256)
      timeout = optional(number, 30)
      env     = optional(map(string), {})
    })), {})
    tables = optional(map(object({
      hash_key  = optional(string, "pk")
      range_key = optional(string)
      indexes   = optional(list(string), [])
    })), {})
  }))
  default = {}

  validation {
    condition     = alltrue([for k in keys(var.tenants) : can(regex("^[a-z][a-z0-9_]{1,30}$", k))])
    error_message = "Tenant names are lower-case words."
  }
}
