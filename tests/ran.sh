#!/bin/sh
# Every test that tests/FEATURES.md names must have passed in the run whose output is in the given file.
set -eu
log=$1
missing=$(
    sed -n 's/^| *[A-Z][0-9][0-9]* *|[^|]*|\([^|]*\)|.*/\1/p' "$(dirname "$0")/FEATURES.md" |
        tr -d '\140' | tr ', ' '\n\n' | sed '/^$/d' | sort -u |
        while read -r test; do
            grep -Eq "(PASS .*[ :]$test|^test (.*::)?$test \.\.\. ok)\$" "$log" || echo "  $test"
        done
)
[ -z "$missing" ] || { printf 'named in tests/FEATURES.md, and did not pass:\n%s\n' "$missing" >&2; exit 1; }
