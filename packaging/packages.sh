#!/bin/sh
# Installs the Debian packages that building, the demo and the tests need and that are missing.
#
# It starts no service, makes no PostgreSQL cluster and writes no Postfix configuration: what the system has
# stays as it is, and what is new lies idle. It asks nothing. With nothing missing it changes nothing, so it
# can be run any number of times. With another mail server installed it stops, because installing Postfix
# would remove that one.
#
# usage: packages.sh [--check]     --check: only say what is missing; status 1 if anything is
set -eu

say() { printf 'packages: %s\n' "$*"; }
die() { printf 'packages: %s\n' "$*" >&2; exit 69; }

# What is needed, found by what it puts on the disk: a PostgreSQL from another source is as good.
missing=''
need() { # PACKAGE FILE...
    package=$1
    shift
    for file; do [ -e "$file" ] && return; done
    missing="$missing $package"
}
# /usr/lib/postgresql/15/bin/initdb, of any version.
need postgresql /usr/lib/postgresql/*/bin/initdb
need postfix /usr/sbin/postfix
# Without a mechanism Postfix's smtpd does not start where logins are switched on, as in the demo and the tests.
need libsasl2-modules /usr/lib/*/sasl2/libplain.so
# Makes the users of the private Postfix that the tests log in to.
need sasl2-bin /usr/sbin/saslpasswd2
# Makes the certificates of the tests.
need openssl /usr/bin/openssl
need libmilter-dev /usr/include/libmilter/mfapi.h
need pkg-config /usr/bin/pkg-config
need gcc /usr/bin/cc
need libc6-dev /usr/include/stdio.h
need python3 /usr/bin/python3
need strace /usr/bin/strace
missing=${missing# }

if [ -z "$missing" ]; then
    say 'nothing is missing'
    exit 0
fi
say "missing: $missing"
[ "${1-}" != --check ] || exit 1
[ "$(id -u)" = 0 ] || die "installing them needs root: run it with sudo, or first: sudo apt-get install $missing"
command -v apt-get >/dev/null || die 'there is no apt-get here; install the like of these packages by hand'

case " $missing " in *' postfix '*)
    other=$(dpkg-query -W -f '${db:Status-Status} ${Package} ${Provides}\n' 2>/dev/null |
        awk '$1 == "installed" && $2 != "postfix" && /mail-transport-agent/ { print $2 }' | tr '\n' ' ')
    [ -z "$other" ] || die "another mail server is installed (${other% }), and Postfix would replace it.
packages: Nothing was changed. Remove it first if it is not in use: apt-get remove ${other% }"
esac

# Two things hold while apt works, and are put back whatever happens: no package may start a service, and
# PostgreSQL makes no cluster.
policy=/usr/sbin/policy-rc.d
policy_saved=$policy.before-crm-milter
cluster=/etc/postgresql-common/createcluster.d/crm-milter.conf

restore() {
    if grep -qs 'crm-milter' "$policy"; then rm -f "$policy"; fi
    if [ -e "$policy_saved" ]; then mv -f "$policy_saved" "$policy"; fi
    rm -f "$cluster"
    rmdir /etc/postgresql-common/createcluster.d /etc/postgresql-common 2>/dev/null || true
}
restore # what an earlier run that was killed left
trap restore EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

if [ -e "$policy" ]; then mv "$policy" "$policy_saved"; fi
printf '#!/bin/sh\n# Put here by crm-milter, packaging/packages.sh, while it installs packages.\nexit 101\n' >"$policy"
chmod 755 "$policy"
mkdir -p "${cluster%/*}"
printf '# Put here by crm-milter, packaging/packages.sh, while it installs packages.\ncreate_main_cluster = false\n' >"$cluster"

export DEBIAN_FRONTEND=noninteractive
case " $missing " in *' postfix '*)
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections ;;
esac

say 'apt-get update'
apt-get -qq -o DPkg::Lock::Timeout=120 update
say "apt-get install $missing"
# What the packages say while they are set up is of use only when it fails.
output=$(mktemp)
# shellcheck disable=SC2086
if ! apt-get -qq -y -o DPkg::Lock::Timeout=120 -o Dpkg::Use-Pty=0 install --no-install-recommends $missing \
    >"$output" 2>&1 </dev/null; then
    cat "$output" >&2
    rm -f "$output"
    die 'apt-get install failed'
fi
rm -f "$output"
say 'done; no service was started, no cluster made, no configuration written'
