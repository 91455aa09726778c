#!/bin/sh
# Fuzzes one target of MailMIME with libFuzzer and the address sanitizer.
# usage: tools/fuzz.sh parse|headers|decoders|build SECONDS [WORK-FOLDER]
# A find is written to the work folder as crash-*, timeout-* or oom-*: copy it to Tests/MailMIMETests/Corpus/fuzz/ and fix its cause.
set -e
root=$(cd "$(dirname "$0")/.." && pwd)
target=$1
seconds=$2
work=${3:-$root/.build/fuzz-mime}
mkdir -p "$work/$target-corpus"
swiftc -O -wmo -swift-version 6 -parse-as-library -module-name MailMIMEFuzz -sanitize=fuzzer,address \
    $(find "$root/Sources/MailMIME" -name '*.swift') "$root/Fuzz/mime/$target.swift" -o "$work/$target"
corpus="$root/Tests/MailMIMETests/Corpus"
seeds=$work/$target-seeds
mkdir -p "$seeds"
case $target in
    parse) find "$corpus/mime/messages" "$corpus/bounces/messages" "$corpus/fuzz" -type f -size -8k -exec cp {} "$seeds" \; 2>/dev/null || true ;;
    headers) find "$corpus/mime/messages/mail-parser" "$corpus/mime/messages/jwz" -type f -size -2k -exec cp {} "$seeds" \; ;;
    *) find "$corpus/tnef" "$corpus/replies/emails" -type f -size -8k -exec cp {} "$seeds" \; ;;
esac
printf 'Имя\001Тема письма\001Text\n> quote\001файл.txt\001image/png\001data\001value' > "$seeds/values"
cd "$work"
SWIFT_BACKTRACE=enable=no exec nice -n 19 "./$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1500 -max_len=8192 -print_final_stats=1 \
    "$target-corpus" "$seeds"
