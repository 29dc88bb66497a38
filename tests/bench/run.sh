#!/bin/sh
# Messages per second through the same Postfix without a milter, with a filter that does nothing, and with
# crm-milter; see bench.py.
#
# usage: sudo tests/bench/run.sh [--rounds 15] [--messages 2000] [--sessions 10] [--size 4096] [--release]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../packaging/packages.sh" >/dev/null
exec python3 -B "$here/bench.py" "$@"
