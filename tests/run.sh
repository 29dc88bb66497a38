#!/bin/sh
# All tests: formatting, lints, documentation, then unit, PostgreSQL, milter-protocol and real-Postfix tests.
#
# usage: sudo tests/run.sh [FILTER...]     filters go to the test runner
#
# Installs the Debian packages that are missing (packaging/packages.sh). Root is needed by Postfix and by the
# PostgreSQL clusters that drop their privileges; nothing of the system's own Postfix and PostgreSQL is
# touched: every server that a test uses is a private one in a temporary directory.
set -eu
cd "$(dirname "$0")/.."

# sudo drops the caller's PATH, and with it the Rust toolchain.
if ! command -v cargo >/dev/null && [ -n "${SUDO_USER-}" ]; then
    home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
    PATH=$home/.cargo/bin:$PATH
    export RUSTUP_HOME="${RUSTUP_HOME-$home/.rustup}" CARGO_HOME="${CARGO_HOME-$home/.cargo}" PATH
fi
command -v cargo >/dev/null || { echo 'run.sh: no cargo found: install a Rust toolchain, https://rustup.rs' >&2; exit 69; }

step() { printf '\n== %s\n' "$*"; }

step packages
packaging/packages.sh
[ "$(id -u)" = 0 ] || { echo 'run.sh: Postfix needs root: sudo tests/run.sh' >&2; exit 77; }

step formatting
cargo fmt --check
step lints
cargo clippy --locked --all-targets --quiet -- -D warnings
step documentation
RUSTDOCFLAGS='-D warnings' cargo doc --locked --no-deps --document-private-items --quiet
step tests
cargo build --locked --bins --quiet
mkdir -p target
log=target/tests.log
if command -v cargo-nextest >/dev/null; then
    # Most tests wait for servers of their own: two for each core take two thirds of the time.
    run="cargo nextest run --locked --no-fail-fast --test-threads $(($(nproc) * 2))"
else
    run='cargo test --locked --no-fail-fast'
fi
# The status of the run, not of tee.
{ { status=0; $run "$@" 2>&1 || status=$?; echo $status >target/tests.status; } | tee "$log"; }
status=$(cat target/tests.status)
[ "$status" = 0 ] || exit "$status"

# The feature table promises tests that exist (tests/features.rs) and that ran: here.
[ $# = 0 ] || exit 0
tests/ran.sh "$log"
