#!/bin/sh
# What `tags fix` wrote, formatted and planned by the real Terraform. Without an oracle that knows the AWS provider the
# repairs are still written and checked again, by the program alone, and that is said.
set -eu
cd "$(dirname "$0")/../.."
# shellcheck source=tests/tools/oracle.sh
. tests/tools/oracle.sh
if why=$(oracle_lacks); then
  echo "repairs: not planned, $why"
else
  export TF_HEADROOM_REPAIRS=$TF_HEADROOM_ORACLE
fi
exec cargo test --no-default-features --test it tag_repairs
