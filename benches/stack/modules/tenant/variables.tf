variable "name" {
  type = string
}

variable "prefix" {
  type = string
}

variable "environment" {
  type = string
}

variable "tags" {
  type    = map(string)
  default = {}
}

variable "tenant" {
  type = object({
    display_name = string
    tier         = optional(string, "standard")
    buckets      = optional(list(string), [])
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
  })
}
