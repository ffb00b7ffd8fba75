resource "aws_s3_bucket" "this" {
  bucket = substr(var.name, 0, 63)
  tags   = merge(var.tags, { Component = "bucket" })
}

resource "aws_s3_bucket_versioning" "this" {
  count = var.versioning ? 1 : 0

  bucket = substr(var.name, 0, 63)

  versioning_configuration {
    status = "Enabled"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket                  = substr(var.name, 0, 63)
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}
