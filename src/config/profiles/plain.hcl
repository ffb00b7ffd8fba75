# Settings of tf-headroom. Nothing here is needed: without it tags are held to AWS's own limits, and counts to AWS's defaults.

# tag "Owner" {
#   required = true
#   format   = ["lower-kebab", "email"]   # any of these
#   default  = "platform-team"            # what `tf-headroom tags fix` writes where the key is missing
# }

# exempt "aws_iam_*" {
#   tags   = ["Owner"]
#   reason = "shared by all teams"
#   until  = "2027-03-31"
# }

# quota "connect" "L-19A87C94" {          # a limit that holds here and that nobody could observe
#   applied = 200
#   reason  = "case 1234567890"
# }

# account "prod" {
#   id     = "123456789012"
#   region = "us-east-1"
# }
