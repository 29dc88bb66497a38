#!/bin/sh
# Imports 10,000 and 100,000 mails, as mbox and as Maildir, and prints what the importing program held in memory and how
# fast it was; a worker that only takes entries away stands for the daemon.
#
# usage: tests/bench/import.sh [--release]
set -eu
cd "$(dirname "$0")/../.."
exec cargo test --quiet "$@" --test desk_import -- --ignored --nocapture \
    import_takes_no_more_memory_for_a_hundred_thousand_mails_than_for_ten_thousand
