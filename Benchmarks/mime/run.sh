#!/bin/sh
# Compares MailMIME with GMime and Python's email on a directory of message files (the cur/ of a Maildir).
# usage: run.sh DIRECTORY [BUILD-FOLDER]
set -e
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
directory=$1
build=${2:-$(mktemp -d)}
mkdir -p "$build"
swiftc -O -wmo -swift-version 6 -parse-as-library -module-name MIMEBenchmark \
    $(find "$root/Sources/MailMIME" -name '*.swift') "$here/MIMEBenchmark.swift" -o "$build/mailmime"
for mode in envelope structure text; do "$build/mailmime" $mode "$directory"; done
if pkg-config --exists gmime-3.0; then
    cc -O2 -D_GNU_SOURCE -o "$build/gmime" "$here/gmime.c" $(pkg-config --cflags --libs gmime-3.0)
    for mode in envelope header structure text; do "$build/gmime" $mode "$directory"; done
else
    echo "gmime: not installed (libgmime-3.0-dev)"
fi
for mode in envelope structure text; do LIMIT=${LIMIT:-2000} python3 "$here/python_email.py" $mode "$directory"; done
