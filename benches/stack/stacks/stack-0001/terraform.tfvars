application = "cc0001"
environment = "staging"
region      = "us-west-2"
owner       = "Team-outbound"
cost_center = "CC-7670"
tenants = {
  outbound_0000 = {
    display_name = "Support 0000"
    queues = {
      premium = {}
      payments = {
        description  = "Payments contacts, team 7"
        max_contacts = 50
      }
      callback = {
        max_contacts = 100
        hours        = "always"
        priority     = 1
      }
      onboarding = {
        priority = 1
      }
      cards = {}
      returns = {
        max_contacts = 50
        hours        = "business"
        priority     = 2
      }
      overflow = {
        max_contacts = 20
        hours        = "extended"
        priority     = 2
      }
      loans = {
        description = "Loans contacts, team 4"
        priority    = 5
      }
    }
    buckets = ["transcripts"]
    lambdas = {
      notify = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "payments"
        }
      }
      enrich = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "premium"
        }
      }
      audit = {
        memory = 1024
      }
    }
    tables = {
      cache = {
        range_key = "sk"
      }
    }
  }
  billing_0001 = {
    display_name = "Payments 0001"
    queues = {
      overflow = {
        description = "Overflow contacts, team 4"
        hours       = "extended"
      }
      returns = {}
      shipping = {
        hours = "always"
      }
      claims = {}
    }
    agents = [
      {
        login  = "agent0001_0"
        queues = ["claims", "overflow"]
      },
    ]
    buckets = ["transcripts", "exports"]
    lambdas = {
      lookup = {
        memory = 1024
      }
    }
    tables = {
      cache   = {}
      routing = {}
    }
  }
  callback_0002 = {
    display_name = "Payments 0002"
    tier         = "premium"
    queues = {
      retention = {
        priority = 2
      }
      mortgage = {
        description  = "Mortgage contacts, team 9"
        max_contacts = 20
        priority     = 1
      }
    }
    agents = [
      {
        login  = "agent0002_0"
        queues = ["mortgage", "retention"]
      },
    ]
    buckets = ["recordings", "transcripts"]
    lambdas = {
      transcribe = {
        memory = 512
      }
      lookup = {
        memory = 128
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "retention"
        }
      }
      schedule = {}
    }
    tables = {
      cache = {
        range_key = "sk"
      }
    }
  }
  escalation_0003 = {
    display_name = "Fraud 0003"
    queues = {
      survey = {}
      loyalty = {
        description = "Loyalty contacts, team 5"
        hours       = "business"
        priority    = 1
      }
      returns = {
        hours = "extended"
      }
    }
    agents = [
      {
        login  = "agent0003_0"
        queues = ["loyalty", "returns"]
      },
      {
        login  = "agent0003_1"
        queues = ["survey", "loyalty"]
      },
    ]
    buckets = []
    lambdas = {
      enrich = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "loyalty"
        }
      }
      router = {
        memory = 1024
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "survey"
        }
      }
    }
    tables = {
      preferences = {
        range_key = "sk"
      }
    }
  }
  standard_0004 = {
    display_name = "Cards 0004"
    queues = {
      premium = {}
      callback = {
        hours    = "extended"
        priority = 3
      }
      payments = {
        max_contacts = 50
        priority     = 2
      }
      loyalty = {
        priority = 5
      }
    }
    agents = [
      {
        login  = "agent0004_0"
        queues = ["callback", "premium"]
      },
      {
        login  = "agent0004_1"
        queues = ["premium", "payments"]
      },
      {
        login  = "agent0004_2"
        queues = ["payments", "premium"]
      },
    ]
    buckets = ["transcripts"]
    lambdas = {
      export = {
        memory = 1024
      }
      notify = {
        memory = 128
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "payments"
        }
      }
      router = {}
      lookup = {}
    }
    tables = {}
  }
  intake_0005 = {
    display_name = "Sales 0005"
    enabled      = false
    queues = {
      loyalty = {
        max_contacts = 50
      }
      survey = {}
      callback = {
        description = "Callback contacts, team 9"
        priority    = 5
      }
      sales = {
        description = "Sales contacts, team 2"
      }
    }
    agents = [
      {
        login  = "agent0005_0"
        queues = ["loyalty", "sales"]
      },
    ]
    buckets = ["transcripts", "reports"]
    lambdas = {
      schedule = {
        memory = 128
      }
      router = {
        memory = 512
      }
    }
    tables = {
      preferences = {
        indexes = ["gsi1", "gsi2"]
      }
      audit = {}
    }
  }
  shipping_0006 = {
    display_name = "Retention 0006"
    queues = {
      retention = {
        max_contacts = 20
        priority     = 4
      }
      loans = {
        description = "Loans contacts, team 3"
        priority    = 3
      }
      support = {
        description  = "Support contacts, team 3"
        max_contacts = 20
        priority     = 2
      }
      returns = {
        description  = "Returns contacts, team 3"
        max_contacts = 100
        priority     = 3
      }
      warranty = {
        description  = "Warranty contacts, team 8"
        max_contacts = 20
        hours        = "always"
      }
      callback = {
        max_contacts = 50
      }
    }
    agents = [
      {
        login  = "agent0006_0"
        queues = ["callback", "warranty"]
      },
    ]
    buckets = []
    lambdas = {
      transcribe = {
        memory = 1024
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "retention"
        }
      }
    }
    tables = {
      contacts = {
        range_key = "sk"
      }
    }
  }
  triage_0007 = {
    display_name = "Claims 0007"
    queues = {
      survey = {
        max_contacts = 20
        priority     = 5
      }
      fraud = {
        max_contacts = 50
        hours        = "business"
      }
      shipping = {
        description = "Shipping contacts, team 7"
        priority    = 4
      }
      cards = {
        max_contacts = 20
        hours        = "always"
      }
      mortgage   = {}
      escalation = {}
    }
    agents = [
      {
        login  = "agent0007_0"
        queues = ["cards", "fraud"]
      },
    ]
    buckets = ["transcripts", "recordings"]
    lambdas = {
      redact = {}
      transcribe = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "survey"
        }
      }
    }
    tables = {}
  }
  premium_0008 = {
    display_name = "Standard 0008"
    queues = {
      fraud = {
        max_contacts = 20
      }
      overflow = {
        max_contacts = 50
        hours        = "business"
      }
      returns = {}
    }
    agents = [
      {
        login  = "agent0008_0"
        queues = ["returns", "fraud"]
      },
      {
        login  = "agent0008_1"
        queues = ["overflow", "fraud"]
      },
      {
        login  = "agent0008_2"
        queues = ["fraud", "overflow"]
      },
    ]
    buckets = ["reports", "exports"]
    lambdas = {
      authenticate = {
        memory = 1024
      }
      export = {
        memory = 128
      }
      redact = {
        memory = 1024
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "fraud"
        }
      }
    }
    tables = {
      preferences = {
        indexes = ["gsi1", "gsi2"]
      }
      audit = {
        range_key = "sk"
      }
    }
  }
  billing_0009 = {
    display_name = "Support 0009"
    queues = {
      sales = {
        max_contacts = 100
      }
      onboarding = {
        description = "Onboarding contacts, team 7"
        priority    = 4
      }
      loans = {
        max_contacts = 50
        hours        = "business"
        priority     = 2
      }
      mortgage = {
        max_contacts = 5
        hours        = "always"
      }
      intake = {
        max_contacts = 50
        hours        = "business"
        priority     = 3
      }
      fraud = {
        description = "Fraud contacts, team 2"
        hours       = "extended"
      }
      returns = {}
      claims = {
        priority = 1
      }
    }
    agents = [
      {
        login  = "agent0009_0"
        queues = ["intake", "fraud"]
      },
      {
        login  = "agent0009_1"
        queues = ["returns", "sales"]
      },
      {
        login  = "agent0009_2"
        queues = ["returns", "sales"]
      },
      {
        login  = "agent0009_3"
        queues = ["returns", "onboarding"]
      },
    ]
    buckets = ["reports"]
    lambdas = {
      transcribe = {}
    }
    tables = {}
  }
  claims_0010 = {
    display_name = "Survey 0010"
    queues = {
      outbound = {
        hours = "business"
      }
      standard = {
        hours = "extended"
      }
      returns = {
        description = "Returns contacts, team 3"
      }
      retention = {
        description = "Retention contacts, team 6"
        priority    = 3
      }
      cards = {
        max_contacts = 100
        priority     = 3
      }
    }
    agents = [
      {
        login  = "agent0010_0"
        queues = ["returns", "cards"]
      },
    ]
    buckets = ["recordings", "exports"]
    lambdas = {
      audit = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "retention"
        }
      }
      transcribe = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "standard"
        }
      }
      enrich = {
        memory = 1024
      }
    }
    tables = {}
  }
  loyalty_0011 = {
    display_name = "Survey 0011"
    queues = {
      triage = {
        description = "Triage contacts, team 1"
      }
      cards = {
        max_contacts = 50
      }
      returns = {
        max_contacts = 5
        hours        = "business"
      }
      support = {}
      loans = {
        description  = "Loans contacts, team 9"
        max_contacts = 50
      }
    }
    agents = [
      {
        login  = "agent0011_0"
        queues = ["triage", "returns"]
      },
      {
        login  = "agent0011_1"
        queues = ["support", "loans"]
      },
      {
        login  = "agent0011_2"
        queues = ["loans", "support"]
      },
    ]
    buckets = ["exports"]
    lambdas = {
      schedule = {}
      transcribe = {
        memory = 1024
      }
      export = {
        memory = 128
      }
      authenticate = {
        memory = 512
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "triage"
        }
      }
    }
    tables = {}
  }
  loans_0012 = {
    display_name = "Escalation 0012"
    tier         = "premium"
    queues = {
      survey = {
        max_contacts = 100
        hours        = "business"
        priority     = 3
      }
      overflow = {
        description = "Overflow contacts, team 8"
      }
      mortgage = {
        description = "Mortgage contacts, team 3"
      }
    }
    buckets = ["exports", "reports"]
    lambdas = {
      notify = {}
      schedule = {
        memory = 512
      }
      redact = {
        memory = 512
      }
      router = {}
    }
    tables = {}
  }
  intake_0013 = {
    display_name = "Language 0013"
    tier         = "premium"
    queues = {
      loyalty = {
        description = "Loyalty contacts, team 6"
        hours       = "always"
      }
      premium = {}
      mortgage = {
        description = "Mortgage contacts, team 5"
        hours       = "extended"
      }
      claims = {
        description = "Claims contacts, team 7"
        hours       = "extended"
      }
    }
    agents = [
      {
        login  = "agent0013_0"
        queues = ["loyalty", "mortgage"]
      },
      {
        login  = "agent0013_1"
        queues = ["mortgage", "loyalty"]
      },
      {
        login  = "agent0013_2"
        queues = ["claims", "premium"]
      },
      {
        login  = "agent0013_3"
        queues = ["loyalty", "mortgage"]
      },
    ]
    buckets = ["transcripts"]
    lambdas = {
      notify = {}
    }
    tables = {
      contacts = {
        indexes = ["gsi1", "gsi2"]
      }
      preferences = {
        range_key = "sk"
      }
    }
  }
  fraud_0014 = {
    display_name = "Language 0014"
    queues = {
      triage = {
        max_contacts = 5
      }
      escalation = {
        description = "Escalation contacts, team 9"
      }
      onboarding = {
        max_contacts = 100
      }
    }
    agents = [
      {
        login  = "agent0014_0"
        queues = ["triage", "escalation"]
      },
      {
        login  = "agent0014_1"
        queues = ["triage", "onboarding"]
      },
      {
        login  = "agent0014_2"
        queues = ["escalation", "triage"]
      },
      {
        login  = "agent0014_3"
        queues = ["escalation", "triage"]
      },
    ]
    buckets = ["transcripts", "exports"]
    lambdas = {
      enrich = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "triage"
        }
      }
      notify = {
        memory = 1024
      }
    }
    tables = {
      audit = {}
    }
  }
  intake_0015 = {
    display_name = "Payments 0015"
    queues = {
      mortgage = {
        description = "Mortgage contacts, team 9"
        hours       = "business"
      }
      callback = {}
      sales = {
        max_contacts = 50
        priority     = 5
      }
      standard = {
        hours = "always"
      }
      shipping = {
        description  = "Shipping contacts, team 2"
        max_contacts = 20
        hours        = "extended"
      }
    }
    agents = [
      {
        login  = "agent0015_0"
        queues = ["shipping", "standard"]
      },
    ]
    buckets = ["recordings", "transcripts"]
    lambdas = {
      transcribe = {
        memory = 512
      }
      export = {
        memory = 512
      }
      authenticate = {
        memory = 128
      }
    }
    tables = {
      preferences = {
        indexes = ["gsi1", "gsi2"]
      }
      sessions = {
        range_key = "sk"
      }
    }
  }
  mortgage_0016 = {
    display_name = "Retention 0016"
    tier         = "premium"
    queues = {
      fraud = {
        max_contacts = 20
        hours        = "always"
      }
      shipping = {}
      onboarding = {
        priority = 5
      }
    }
    agents = [
      {
        login  = "agent0016_0"
        queues = ["shipping", "onboarding"]
      },
    ]
    buckets = []
    lambdas = {
      audit = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "onboarding"
        }
      }
      transcribe = {
        memory = 1024
      }
    }
    tables = {
      preferences = {
        range_key = "sk"
      }
    }
  }
  fraud_0017 = {
    display_name = "Warranty 0017"
    queues = {
      fraud = {
        description  = "Fraud contacts, team 3"
        max_contacts = 5
        priority     = 3
      }
      support = {
        description = "Support contacts, team 6"
        hours       = "always"
        priority    = 4
      }
      overflow = {
        max_contacts = 100
      }
      warranty = {
        max_contacts = 20
        priority     = 5
      }
      outbound = {
        priority = 5
      }
    }
    agents = [
      {
        login  = "agent0017_0"
        queues = ["warranty", "support"]
      },
      {
        login  = "agent0017_1"
        queues = ["outbound", "fraud"]
      },
    ]
    buckets = []
    lambdas = {
      schedule = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "support"
        }
      }
      redact = {
        memory = 128
      }
      authenticate = {
        memory = 1024
      }
    }
    tables = {
      preferences = {
        range_key = "sk"
        indexes   = ["gsi1", "gsi2"]
      }
    }
  }
  triage_0018 = {
    display_name = "Callback 0018"
    queues = {
      support = {
        description  = "Support contacts, team 7"
        max_contacts = 50
        priority     = 2
      }
      standard = {
        description  = "Standard contacts, team 5"
        max_contacts = 50
      }
    }
    agents = [
      {
        login  = "agent0018_0"
        queues = ["standard", "support"]
      },
      {
        login  = "agent0018_1"
        queues = ["standard", "support"]
      },
    ]
    buckets = []
    lambdas = {
      router = {}
      notify = {
        memory = 128
      }
      enrich = {
        env = {
          LOG_LEVEL = "INFO"
          QUEUE     = "support"
        }
      }
    }
    tables = {}
  }
  support_0019 = {
    display_name = "Callback 0019"
    queues = {
      billing = {
        description  = "Billing contacts, team 7"
        max_contacts = 20
      }
      standard = {
        description  = "Standard contacts, team 6"
        max_contacts = 20
        hours        = "business"
      }
      survey = {
        max_contacts = 20
      }
      claims = {
        description  = "Claims contacts, team 4"
        max_contacts = 5
        priority     = 3
      }
      overflow = {
        priority = 3
      }
      outbound = {
        description  = "Outbound contacts, team 1"
        max_contacts = 50
      }
      loans = {
        description  = "Loans contacts, team 4"
        max_contacts = 5
        hours        = "business"
      }
      language = {
        description = "Language contacts, team 1"
        hours       = "business"
      }
    }
    agents = [
      {
        login  = "agent0019_0"
        queues = ["standard", "survey"]
      },
      {
        login  = "agent0019_1"
        queues = ["loans", "overflow"]
      },
    ]
    buckets = []
    lambdas = {
      notify = {}
      enrich = {
        memory = 512
      }
    }
    tables = {
      cache = {}
    }
  }
}
