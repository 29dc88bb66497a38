#!/bin/sh
# Times of the desk's lists and of one intake on a database of any size; see README.md beside this file.
#
# usage: sudo tests/scale/run.sh [--contacts 100000] [--records 20000] [--mails 500000] [--keep DIRECTORY] [--only WORD] [--release]
#
# A private PostgreSQL cluster is made, filled, measured and removed; --keep leaves it in DIRECTORY, where the next run
# with that option measures it without filling it again.
set -eu
cd "$(dirname "$0")/../.."
profile=
for argument in "$@"; do
    [ "$argument" = --release ] && profile=--release
done
exec cargo run --locked --quiet $profile --example scale -- "$@"
