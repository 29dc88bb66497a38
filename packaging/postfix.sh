#!/bin/sh
# A private Postfix for the demo, the crash test and the figures: its own configuration, queue, data and log,
# no chroot, smtpd on a free loopback port. The system's Postfix is not touched. Needs root, as Postfix does.
#
# usage: postfix.sh start DIRECTORY     writes the configuration, starts, prints the port
#        postfix.sh stop DIRECTORY
#
# DIRECTORY is absolute and may hold, before the start:
#   lines.json    what `crmctl --json postfix` prints; without it this Postfix knows nothing of crm-milter
#   mailboxes     addresses of the company's domain that are real mailboxes, one to a line
#   extra.cf      more lines for main.cf
# Mail is delivered into Maildirs below DIRECTORY/mail; whoever is not of crm.test into DIRECTORY/mail/outside.
# Clients on this machine may say XCLIENT, so that they can be anybody.
set -eu

verb=$1 home=$2
etc=$home/etc
user=nobody

stop() {
    [ -s "$home/queue/pid/master.pid" ] || return 0
    postfix -c "$etc" stop >/dev/null 2>&1 || true
}

main_cf() {
    cat <<END
compatibility_level = 3.6
queue_directory = $home/queue
data_directory = $home/data
maillog_file = $home/log
maillog_file_prefixes = $home
myhostname = mx.crm.test
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
disable_dns_lookups = yes
smtpd_peername_lookup = no
smtpd_authorized_xclient_hosts = 127.0.0.1
smtpd_sasl_auth_enable = yes
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
queue_run_delay = 5s
minimal_backoff_time = 5s
maximal_backoff_time = 5s
mailbox_size_limit = 0
virtual_mailbox_limit = 0
alias_maps =
virtual_mailbox_domains = crm.test
virtual_mailbox_base = $home/mail
virtual_mailbox_maps = texthash:$etc/mailboxes
virtual_uid_maps = static:$(id -u $user)
virtual_gid_maps = static:$(id -g $user)
virtual_minimum_uid = 1
virtual_transport = virtual
default_transport = outside:
END
    if [ -e "$home/lines.json" ]; then
        # The printed lines, with their tables in this instance's own directory.
        lines main_cf | sed "s|texthash:[^ ,]*/crm-milter-|texthash:$etc/crm-milter-|"
    fi
}

master_cf() {
    cat <<END
127.0.0.1:$port inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
outside unix - n n - - virtual
  -o virtual_mailbox_maps=static:outside/
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
END
    [ ! -e "$home/lines.json" ] || { lines master_cf; lines listener; }
}

lines() {
    python3 -c 'import json, sys; sys.stdout.write(json.load(open(sys.argv[1]))[sys.argv[2]])' "$home/lines.json" "$1"
}

start() {
    mkdir -p "$etc" "$home/queue" "$home/data" "$home/mail"
    chown postfix "$home/data"
    chown $user "$home/mail"
    : >"$home/log"
    touch "$home/mailboxes"
    sed -n 's|^\(.*\)@\(.*\)$|\1@\2 \2/\1/|p' "$home/mailboxes" >"$etc/mailboxes"
    if [ -e "$home/lines.json" ]; then
        lines virtual_aliases >"$etc/crm-milter-virtual"
        lines transport >"$etc/crm-milter-transport"
    fi
    main_cf >"$etc/main.cf"
    # They may replace what stands there.
    if [ -s "$home/extra.cf" ]; then
        while read -r line; do postconf -c "$etc" -e "$line"; done <"$home/extra.cf"
    fi
    # Somebody else may take the port between the choice and the start: then another.
    for _ in 1 2 3 4 5; do
        port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
        master_cf >"$etc/master.cf"
        if postfix -c "$etc" start >/dev/null 2>&1; then
            echo "$port" | tee "$home/port"
            return
        fi
    done
    echo "postfix.sh: Postfix does not start:" >&2
    cat "$home/log" >&2
    exit 75
}

case $verb in
start) stop; start ;;
stop) stop ;;
*) echo "usage: postfix.sh start|stop DIRECTORY" >&2; exit 64 ;;
esac
