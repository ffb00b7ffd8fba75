# Intake: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "intake_00" {
  name        = "${var.application}-intake-00"
  description = "Access to the intake-00 service"
  vpc_id      = "vpc-8092a189"
  tags = merge(module.tags.tags, {
    Name = "intake-00"
    Team = "overflow"
  })
}

resource "aws_security_group_rule" "intake_00" {
  type              = "ingress"
  from_port         = 4743
  to_port           = 4743
  protocol          = "tcp"
  cidr_blocks       = ["10.114.234.0/24", "10.234.114.0/24"]
  security_group_id = aws_security_group.intake_00.id
}

resource "aws_sns_topic" "intake_00" {
  name              = "intake-00-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "intake-00-events"
  }
}

# Fraud: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "fraud_01" {
  name        = "${var.application}-fraud-01"
  description = "Access to the fraud-01 service"
  vpc_id      = "vpc-64f7bf9f"
  tags = merge(module.tags.tags, {
    Name = "fraud-01"
    Team = "support"
  })
}

resource "aws_security_group_rule" "fraud_01" {
  type              = "ingress"
  from_port         = 2619
  to_port           = 2619
  protocol          = "tcp"
  cidr_blocks       = ["10.175.174.0/24", "10.174.175.0/24"]
  security_group_id = aws_security_group.fraud_01.id
}

resource "aws_sns_topic" "fraud_01" {
  name              = "fraud-01-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "fraud-01-events"
  }
}

# Loyalty: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "loyalty_02" {
  name        = "${var.application}-loyalty-02"
  description = "Access to the loyalty-02 service"
  vpc_id      = "vpc-f2415e69"
  tags = merge(module.tags.tags, {
    Name = "loyalty-02"
    Team = "escalation"
  })
}

resource "aws_security_group_rule" "loyalty_02" {
  type              = "ingress"
  from_port         = 2675
  to_port           = 2675
  protocol          = "tcp"
  cidr_blocks       = ["10.31.175.0/24", "10.175.31.0/24"]
  security_group_id = aws_security_group.loyalty_02.id
}

resource "aws_sns_topic" "loyalty_02" {
  name              = "loyalty-02-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "loyalty-02-events"
  }
}

# Support: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "support_03" {
  name        = "${var.application}-support-03"
  description = "Access to the support-03 service"
  vpc_id      = "vpc-08d2c772"
  tags = merge(module.tags.tags, {
    Name = "support-03"
    Team = "language"
  })
}

resource "aws_security_group_rule" "support_03" {
  type              = "ingress"
  from_port         = 2265
  to_port           = 2265
  protocol          = "tcp"
  cidr_blocks       = ["10.178.156.0/24", "10.156.178.0/24"]
  security_group_id = aws_security_group.support_03.id
}

resource "aws_sns_topic" "support_03" {
  name              = "support-03-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "support-03-events"
  }
}

# Claims: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "claims_04" {
  name        = "${var.application}-claims-04"
  description = "Access to the claims-04 service"
  vpc_id      = "vpc-86976cf0"
  tags = merge(module.tags.tags, {
    Name = "claims-04"
    Team = "escalation"
  })
}

resource "aws_security_group_rule" "claims_04" {
  type              = "ingress"
  from_port         = 4784
  to_port           = 4784
  protocol          = "tcp"
  cidr_blocks       = ["10.36.114.0/24", "10.114.36.0/24"]
  security_group_id = aws_security_group.claims_04.id
}

resource "aws_sns_topic" "claims_04" {
  name              = "claims-04-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "claims-04-events"
  }
}

# Intake: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "intake_05" {
  name        = "${var.application}-intake-05"
  description = "Access to the intake-05 service"
  vpc_id      = "vpc-d74cbd2d"
  tags = merge(module.tags.tags, {
    Name = "intake-05"
    Team = "escalation"
  })
}

resource "aws_security_group_rule" "intake_05" {
  type              = "ingress"
  from_port         = 9581
  to_port           = 9581
  protocol          = "tcp"
  cidr_blocks       = ["10.118.119.0/24", "10.119.118.0/24"]
  security_group_id = aws_security_group.intake_05.id
}

resource "aws_sns_topic" "intake_05" {
  name              = "intake-05-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "intake-05-events"
  }
}

# Shipping: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "shipping_06" {
  name        = "${var.application}-shipping-06"
  description = "Access to the shipping-06 service"
  vpc_id      = "vpc-d294aedf"
  tags = merge(module.tags.tags, {
    Name = "shipping-06"
    Team = "fraud"
  })
}

resource "aws_security_group_rule" "shipping_06" {
  type              = "ingress"
  from_port         = 8915
  to_port           = 8915
  protocol          = "tcp"
  cidr_blocks       = ["10.221.68.0/24", "10.68.221.0/24"]
  security_group_id = aws_security_group.shipping_06.id
}

resource "aws_sns_topic" "shipping_06" {
  name              = "shipping-06-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "shipping-06-events"
  }
}

# Triage: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "triage_07" {
  name        = "${var.application}-triage-07"
  description = "Access to the triage-07 service"
  vpc_id      = "vpc-33b082da"
  tags = merge(module.tags.tags, {
    Name = "triage-07"
    Team = "onboarding"
  })
}

resource "aws_security_group_rule" "triage_07" {
  type              = "ingress"
  from_port         = 6266
  to_port           = 6266
  protocol          = "tcp"
  cidr_blocks       = ["10.27.218.0/24", "10.218.27.0/24"]
  security_group_id = aws_security_group.triage_07.id
}

resource "aws_sns_topic" "triage_07" {
  name              = "triage-07-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "triage-07-events"
  }
}

# Returns: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "returns_08" {
  name        = "${var.application}-returns-08"
  description = "Access to the returns-08 service"
  vpc_id      = "vpc-c1fca6ca"
  tags = merge(module.tags.tags, {
    Name = "returns-08"
    Team = "overflow"
  })
}

resource "aws_security_group_rule" "returns_08" {
  type              = "ingress"
  from_port         = 9888
  to_port           = 9888
  protocol          = "tcp"
  cidr_blocks       = ["10.45.138.0/24", "10.138.45.0/24"]
  security_group_id = aws_security_group.returns_08.id
}

resource "aws_sns_topic" "returns_08" {
  name              = "returns-08-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "returns-08-events"
  }
}

# Claims: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "claims_09" {
  name        = "${var.application}-claims-09"
  description = "Access to the claims-09 service"
  vpc_id      = "vpc-8941a505"
  tags = merge(module.tags.tags, {
    Name = "claims-09"
    Team = "standard"
  })
}

resource "aws_security_group_rule" "claims_09" {
  type              = "ingress"
  from_port         = 3414
  to_port           = 3414
  protocol          = "tcp"
  cidr_blocks       = ["10.157.1.0/24", "10.1.157.0/24"]
  security_group_id = aws_security_group.claims_09.id
}

resource "aws_sns_topic" "claims_09" {
  name              = "claims-09-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "claims-09-events"
  }
}

# Support: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "support_10" {
  name        = "${var.application}-support-10"
  description = "Access to the support-10 service"
  vpc_id      = "vpc-b3bd0e4f"
  tags = merge(module.tags.tags, {
    Name = "support-10"
    Team = "loans"
  })
}

resource "aws_security_group_rule" "support_10" {
  type              = "ingress"
  from_port         = 2394
  to_port           = 2394
  protocol          = "tcp"
  cidr_blocks       = ["10.130.97.0/24", "10.97.130.0/24"]
  security_group_id = aws_security_group.support_10.id
}

resource "aws_sns_topic" "support_10" {
  name              = "support-10-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "support-10-events"
  }
}

# Returns: kept apart from the tenants on purpose, see the runbook before changing it
resource "aws_security_group" "returns_11" {
  name        = "${var.application}-returns-11"
  description = "Access to the returns-11 service"
  vpc_id      = "vpc-28d7d0fd"
  tags = merge(module.tags.tags, {
    Name = "returns-11"
    Team = "loans"
  })
}

resource "aws_security_group_rule" "returns_11" {
  type              = "ingress"
  from_port         = 4599
  to_port           = 4599
  protocol          = "tcp"
  cidr_blocks       = ["10.202.126.0/24", "10.126.202.0/24"]
  security_group_id = aws_security_group.returns_11.id
}

resource "aws_sns_topic" "returns_11" {
  name              = "returns-11-events-${var.environment}"
  kms_master_key_id = "alias/aws/sns"
  tags = {
    Application = var.application
    Environment = title(var.environment)
    Name        = "returns-11-events"
  }
}
