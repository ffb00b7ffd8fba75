variable "name" {
  type = string
}

variable "hash_key" {
  type = string
}

variable "range_key" {
  type    = string
  default = null
}

variable "indexes" {
  type    = list(string)
  default = []
}

variable "autoscaling" {
  type    = bool
  default = false
}

variable "tags" {
  type    = map(string)
  default = {}
}
