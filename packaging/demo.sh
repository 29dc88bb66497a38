#!/bin/sh
# Shows crm-milter at work: a private Postfix, crm-milter with its own private PostgreSQL, seven messages, and
# what came of each.
#
# usage: sudo packaging/demo.sh            runs, shows, stops everything
#        sudo packaging/demo.sh --keep     leaves it running and says how to look around
#        sudo packaging/demo.sh --stop     stops what --keep left
#
# Installs the Debian packages that are missing (packaging/packages.sh). Everything else lies under
# target/demo, and a short name for it under /run, because the path of a unix socket has 107 bytes.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
demo=$root/target/demo
short=/run/crm-milter-demo
user=nobody
keep=''
case ${1-} in
'') ;;
--keep) keep=yes ;;
--stop) ;;
*) sed -n '5,7s/^# *//p' "$0" >&2; exit 64 ;;
esac

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
die() { printf 'demo: %s\n' "$*" >&2; exit 69; }

running() { [ -s "$demo/daemon.pid" ] && kill -0 "$(cat "$demo/daemon.pid")" 2>/dev/null; }

# Ends our own daemon, by its id, and waits until it is gone: at most 20 seconds.
stop_daemon() {
    running || return 0
    kill -TERM "$(cat "$demo/daemon.pid")"
    tail --pid="$(cat "$demo/daemon.pid")" -f /dev/null &
    waiting=$!
    ( sleep 20; kill "$waiting" 2>/dev/null ) &
    limit=$!
    wait "$waiting" 2>/dev/null || kill -KILL "$(cat "$demo/daemon.pid")" 2>/dev/null || true
    kill "$limit" 2>/dev/null || true
    rm -f "$demo/daemon.pid"
}

stop_all() {
    [ ! -d "$demo/postfix" ] || "$here/postfix.sh" stop "$short/postfix"
    stop_daemon
    # The short name is a bind mount or a link.
    umount "$short" 2>/dev/null && rmdir "$short" || rm -f "$short"
}

[ "$(id -u)" = 0 ] || die 'Postfix needs root: sudo packaging/demo.sh'
if [ "${1-}" = --stop ]; then
    stop_all
    say 'Stopped. What is left lies in target/demo.'
    exit 0
fi

say 'Packages'
"$here/packages.sh"

say 'Building'
# sudo drops the caller's PATH, and with it the Rust toolchain.
if ! command -v cargo >/dev/null && [ -n "${SUDO_USER-}" ]; then
    home=$(getent passwd "$SUDO_USER" | cut -d: -f6)
    PATH=$home/.cargo/bin:$PATH
    export RUSTUP_HOME="${RUSTUP_HOME-$home/.rustup}" CARGO_HOME="${CARGO_HOME-$home/.cargo}" PATH
fi
command -v cargo >/dev/null || die 'no cargo found: install a Rust toolchain, https://rustup.rs'
(cd "$root" && cargo build --locked --bins)
bin=${CARGO_TARGET_DIR-$root/target}/debug

say 'Starting a private Postfix, and crm-milter with its own PostgreSQL'
stop_all
rm -rf "$demo"
mkdir -p "$demo"
chmod 755 "$demo"
# The unprivileged user must get at it even if the project lies in somebody's closed home directory.
if setpriv --reuid "$user" --regid nogroup --clear-groups test -x "$demo/." 2>/dev/null; then
    ln -s "$demo" "$short"
else
    mkdir -p "$short" && mount --bind "$demo" "$short" || die "$demo is not reachable for the user $user"
fi
trap 'stop_all' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

mkdir -p "$demo/bin" "$demo/run" "$demo/spool" "$demo/database" "$demo/postfix"
cp "$bin/crm-milter" "$bin/crmctl" "$demo/bin/"
chown "$user" "$demo/run" "$demo/spool" "$demo/database"
# The milter's socket: ours to make, Postfix's to use.
chgrp postfix "$demo/run" && chmod 2750 "$demo/run"
chmod 700 "$demo/spool" "$demo/database"
# A port that the kernel gives to nobody who does not name it.
outbox=$(python3 -c 'import random; print(random.randrange(20000, 32000))')
sed "s|@SHORT@|$short|g; s|@USER@|$user|g; s|@OUTBOX@|$outbox|g" "$here/demo/crm-milter.toml" >"$demo/crm-milter.toml"

crmctl() { "$short/bin/crmctl" --config "$short/crm-milter.toml" "$@"; }

# Runs the daemon and waits for its word that it is ready: sd_notify(3)'s, on a socket of ours.
start_daemon() {
    python3 -B "$here/demo/ready.py" "$demo/daemon.pid" "$demo/daemon.log" \
        "$short/bin/crm-milter" --config "$short/crm-milter.toml" ||
        { cat "$demo/daemon.log" >&2; die 'crm-milter does not start'; }
}

start_daemon
crmctl user add ana --name 'Ana Torres' --address ana@crm.test --sasl-login ana --role administrator >/dev/null
crmctl user add luis --name 'Luis Gil' --address luis@crm.test --sasl-login luis --role agent >/dev/null
crmctl record add --kind deal --code DEAL-123 --title 'Reforma de Eva Soler' >/dev/null
crmctl record add --kind property --code PROP-9 --title 'Piso en la calle Mayor' --external-reference REF-77 >/dev/null
crmctl block add @pesado.test --reason 'publicidad' >/dev/null

crmctl --json postfix >"$demo/postfix/lines.json"
printf '%s\n' ana@crm.test luis@crm.test >"$demo/postfix/mailboxes"
"$here/postfix.sh" start "$short/postfix" >/dev/null

say 'Six messages'
python3 -B "$here/demo/show.py" "$demo" "$here/demo/mail" milter

say 'The daemon is stopped; one more message; the daemon is started again'
stop_daemon
python3 -B "$here/demo/show.py" "$demo" "$here/demo/mail" door-send
start_daemon
python3 -B "$here/demo/show.py" "$demo" "$here/demo/mail" door-show

say 'What stands in the CRM now (crmctl intake list, contact list, record list, ticket list)'
for noun in intake contact record ticket; do
    crmctl "$noun" list
    echo
done

if [ -n "$keep" ]; then
    trap - EXIT INT TERM HUP
    port=$(cat "$demo/postfix/port")
    say 'Left running'
    cat <<END
  Send more, as a stranger or as a colleague who logged in:
    printf 'Subject: Hello\n\nHow much is it?\n' | packaging/demo/send.py --port $port you@client.test info@crm.test
    packaging/demo/send.py --port $port --login ana ana@crm.test you@client.test log@crm.test < FILE
  Look around (also: contact show, mail list, mail show, ticket show, spool list, block list):
    sudo target/demo/bin/crmctl --config $short/crm-milter.toml intake list
  Logs: target/demo/daemon.log and target/demo/postfix/log; delivered mail: target/demo/postfix/mail
  Stop: sudo packaging/demo.sh --stop
END
else
    say 'Everything is stopped. What is left lies in target/demo; --keep leaves it running.'
fi
