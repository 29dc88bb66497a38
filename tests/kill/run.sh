#!/bin/sh
# The promise "250 means recorded exactly once", under kill -9 and without a database. Each test prints what it
# found and ends with status 1 if the promise was broken.
#
# usage: sudo tests/kill/run.sh kill [--messages 2000] [--kills 20] [--seconds 60]
#        sudo tests/kill/run.sh fault       the same with a build that replies before it renames: must fail
#        sudo tests/kill/run.sh stop [--messages 2000] [--stops 6] [--seconds 60]
#                                           SIGTERM and start again: nobody on the line waits for it
#        sudo tests/kill/run.sh outage [--messages 2000] [--outage 60]
#        sudo tests/kill/run.sh states      ordinary mail and inbox mail while parts of us are down
#        sudo tests/kill/run.sh panics      mail while the worker panics at every message
#        sudo tests/kill/run.sh outbox [--messages 2000] [--kills 100]
#                                           what goes out, to a server that stalls, closes and refuses: none lost,
#                                           none twice but where the server had answered
set -eu
here=$(cd "$(dirname "$0")" && pwd)
"$here/../../packaging/packages.sh" >/dev/null
exec python3 -B "$here/kill.py" "$@"
