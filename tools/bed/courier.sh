#!/bin/sh
# Courier IMAP in a mount namespace of its own: unshare -m sh courier.sh FOLDER IMAP_PORT IMAPS_PORT
# FOLDER/etc and FOLDER/run are bound over /etc/courier and /run/courier, in here only.
set -e
folder=$1
mkdir -p /run/courier
mount --bind "$folder/etc" /etc/courier
mount --bind "$folder/run" /run/courier
chmod 700 /etc/courier/userdb
/usr/sbin/makeuserdb
chown -R courier:courier /etc/courier /run/courier
umask 022
children=
trap 'kill $children' TERM
/usr/lib/courier/courier-authlib/authdaemond &
children=$!
tries=0
while [ ! -S /run/courier/authdaemon/socket ] && [ $tries -lt 100 ]; do sleep 0.05; tries=$((tries + 1)); done

set -a
IMAP_CAPABILITY="IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE AUTH=CRAM-MD5"
IMAP_CAPABILITY_TLS="$IMAP_CAPABILITY AUTH=PLAIN"
IMAP_KEYWORDS=1 IMAP_ACL=1 IMAP_ENHANCEDIDLE=1 IMAP_IDLE_TIMEOUT=60 IMAP_USELOCKS=1 IMAP_CHECK_ALL_FOLDERS=0
IMAP_TRASHFOLDERNAME=Trash IMAP_MOVE_EXPUNGE_TO_TRASH=0 IMAP_MAILBOX_SANITY_CHECK=1
COURIERTLS=/usr/bin/couriertls TLS_CERTFILE=$folder/tls.pem TLS_VERIFYPEER=NONE TLS_PROTOCOL= TLS_STARTTLS_PROTOCOL=
IMAPDSTARTTLS=YES IMAP_STARTTLS=YES IMAP_TLS_REQUIRED=0
set +a
tcpd() {
    /usr/sbin/couriertcpd -stderrlogger=/usr/sbin/courierlogger -stderrloggername=imapd -address=127.0.0.1 -maxprocs=60 -maxperip=60 \
        -nodnslookup -noidentlookup "$@" &
    children="$children $!"
}
tcpd "$2" "$folder/bin/imaplogin" "$folder/bin/imapd" Maildir
IMAP_TLS=1 IMAP_STARTTLS=NO
export IMAP_TLS IMAP_STARTTLS
tcpd "$3" "$COURIERTLS" -server -tcpd -user=courier "$folder/bin/imaplogin" "$folder/bin/imapd" Maildir
wait
