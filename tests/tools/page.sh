#!/usr/bin/env bash
# Opens the page in a browser: axe-core finds no fault, nothing is fetched, nothing is wider than a phone, and every part
# opens with the keyboard; an HTML checker reads its source. With a folder as argument, leaves pictures there.
set -euo pipefail
# shellcheck source=tests/tools/tools.sh
source "$(dirname "$0")/tools.sh"
pictures=${1:+$(realpath "$1")}
cd "$root"
built
need_chromium
need_node html-validate@9.0.0 axe-core@4.14.1 playwright-core@1.65.1

out=$(mktemp -d)
trap 'rm -r "$out"' EXIT
cp tests/tools/page.js tests/tools/htmlvalidate.json "$out"
# node looks for packages beside the script.
ln -s "$tools/node/node_modules" "$out/node_modules"

while read -r input due; do
  name=$(echo "$input" | tr '/.' '__')
  expect "$due" "$program" check "$input" --today 2026-11-20 --format "html=$out/$name.html" 2>/dev/null
  "$tools/node/node_modules/.bin/html-validate" --config "$out/htmlvalidate.json" "$out/$name.html"
  node "$out/page.js" "$browser" "$out/$name.html" "$out/$name"
  echo "sound: the page of $input"
done <<'INPUTS'
fixtures/over-quota 1
fixtures/unknown 0
fixtures/contact-center 1
fixtures/plan-kinds/aws-more.json 1
fixtures/bad/syntax-error 2
INPUTS

if [ -n "$pictures" ]; then
  cp "$out/fixtures_over-quota-light.png" "$pictures/page.png"
  cp "$out/fixtures_over-quota-phone.png" "$pictures/page-phone.png"
  cp "$out/fixtures_unknown-dark.png" "$pictures/page-dark.png"
fi
