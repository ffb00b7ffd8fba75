resource "aws_lambda_function" "this" {
  function_name = substr(var.name, 0, 64)
  handler       = "index.handler"
  runtime       = "python3.12"
  memory_size   = var.memory
  timeout       = var.timeout

  role = aws_iam_role.this.arn

  dynamic "environment" {
    for_each = length(var.environment) > 0 ? [var.environment] : []

    content {
      variables = environment.value
    }
  }

  tags = merge(var.tags, { Component = "lambda" })
}

resource "aws_iam_role" "this" {
  name = substr("${var.name}-exec", 0, 64)
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
  tags = var.tags
}

resource "aws_iam_role_policy" "logs" {
  name   = "logs"
  policy = <<-EOT
    {
      "Version": "2012-10-17",
      "Statement": [
        {
          "Effect": "Allow",
          "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
          "Resource": "arn:aws:logs:*:*:log-group:/aws/lambda/${var.name}:*"
        }
      ]
    }
  EOT
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/aws/lambda/${var.name}"
  retention_in_days = var.log_days
  tags              = var.tags
}
