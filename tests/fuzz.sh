#!/bin/sh
# The long run: every fuzz target with libFuzzer, on the stable toolchain.
#
# usage: tests/fuzz.sh SECONDS [TARGET...]     SECONDS for each target; all targets if none is named
#
# Needs a C++ compiler for libFuzzer itself, and nothing of nightly: the coverage pass is LLVM's own. Begins at
# fuzz/corpus/TARGET and the mails of tests/corpus; what it learns stays in target/fuzz/corpus/TARGET, and inputs
# that break a property in target/fuzz/found/TARGET-*. To keep one as a regression test, make it small
# (tests/fuzz.sh's program with -minimize_crash=1) and put it into fuzz/corpus/TARGET: tests/hostile_input replays those.
# Exit status 1 if anything was found. An input that takes 5 s, or 512 MB, counts as found.
set -eu
cd "$(dirname "$0")/.."
[ $# -ge 1 ] || { sed -n '4p' "$0" >&2; exit 64; }
seconds=$1
shift
[ $# -gt 0 ] || set -- message html forward reply form signature dsn tnef address extract
host=$(rustc -vV | sed -n 's/^host: //p')

# With a --target the flags do not reach build scripts and macros.
RUSTFLAGS="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 --cfg fuzzing" \
    cargo build --quiet --locked --release --manifest-path fuzz/Cargo.toml --target "$host" --target-dir target/fuzz --bins

mails=target/fuzz/mails
rm -rf "$mails"
mkdir -p "$mails" target/fuzz/found
find tests/corpus -name '*.eml' | while read -r mail; do cp "$mail" "$mails/$(echo "$mail" | tr / -)"; done

status=0
for target; do
    learned=target/fuzz/corpus/$target
    mkdir -p "$learned" "fuzz/corpus/$target"
    echo "== $target, $seconds s"
    # The program prints a line for each gain; the last lines and findings are what matters.
    if target/fuzz/"$host"/release/"$target" "$learned" "fuzz/corpus/$target" "$mails" -max_total_time="$seconds" -timeout=5 \
        -rss_limit_mb=512 -max_len=65536 -dict=fuzz/mail.dict -artifact_prefix="target/fuzz/found/$target-" \
        >"target/fuzz/$target.log" 2>&1; then
        grep -E '^Done|cov:' "target/fuzz/$target.log" | tail -n 2
    else
        status=1
        grep -E 'panicked|assertion|LF and CRLF|ERROR|Test unit' -A2 "target/fuzz/$target.log" | tail -n 20
    fi
done
exit $status
