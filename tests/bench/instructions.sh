#!/bin/sh
# Instructions for each message of ordinary mail, counted by valgrind: crm-milter beside the filter that does
# nothing, both driven by the same messages without a Postfix; see instructions.py. Installs valgrind if there is
# none. With these defaults it takes about a minute; a signal (but KILL) that ends it ends its
# database too.
#
# usage: sudo tests/bench/instructions.sh [--messages 200] [--blocks 100000] [--release]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../packaging/packages.sh" >/dev/null
command -v valgrind >/dev/null || apt-get install -y -q --no-install-recommends valgrind >/dev/null
exec python3 -B "$here/instructions.py" "$@"
