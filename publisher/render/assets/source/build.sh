#!/bin/sh
# Builds publication.css and publication.js beside this folder. Run `npm ci` first.
set -eu
cd "$(dirname "$0")"

npx sass --no-source-map --style=compressed --quiet-deps \
  --load-path=node_modules/govuk-frontend/dist \
  publication.scss > ../publication.css

# A classic script: pages opened from a folder may not load modules.
npx esbuild publication.js --bundle --minify --format=iife --target=es2019 \
  --legal-comments=none --charset=utf8 --outfile=../publication.js --log-level=warning
