variable "application" {
  type        = string
  description = "Application name, used in every tag set"
}

variable "environment" {
  type = string

  validation {
    condition     = contains(["dev", "staging", "prod"], var.environment)
    error_message = "environment must be dev, staging or prod."
  }
}

variable "owner" {
  type    = string
  default = "platform"
}

variable "cost_center" {
  type = string

  validation {
    condition     = can(regex("^CC-[0-9]{4}$", var.cost_center))
    error_message = "cost_center must look like CC-1234."
  }
}

variable "extra" {
  type    = map(string)
  default = {}
}
