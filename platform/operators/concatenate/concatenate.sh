#!/bin/sh
# Puts the rows of two tables under one header. POSIX shell and coreutils: an operator needs no more than files and an exit code.
set -eu

# The one table of an input, as plain text without carriage returns, in a file.
unpack() { # INPUT TARGET
    set -- "$1" "$2" "$(find "$MLP_TASK/inputs/$1" -type f \( -name '*.csv' -o -name '*.csv.gz' \))"
    case $3 in
    '' | *'
'*)
        echo "error: the input $1 needs exactly one .csv or .csv.gz file"
        exit 1
        ;;
    *.gz) gzip -dc "$3" >"$2.raw" 2>/dev/null || { echo "error: $1: no gzip file" && exit 1; } ;;
    *) cat "$3" >"$2.raw" ;;
    esac
    tr -d '\r' <"$2.raw" >"$2"
    rm "$2.raw"
    [ -s "$2" ] || { echo "error: $1: is empty" && exit 1; }
    # A last line without its end would run into the next table.
    [ -z "$(tail -c 1 "$2")" ] || echo >>"$2"
}

unpack first "$MLP_TASK/first"
unpack second "$MLP_TASK/second"
for name in first second; do
    head -n 1 "$MLP_TASK/$name" >"$MLP_TASK/$name.header"
done
if ! cmp -s "$MLP_TASK/first.header" "$MLP_TASK/second.header"; then
    echo "error: the headers differ"
    exit 1
fi
{
    cat "$MLP_TASK/first"
    tail -n +2 "$MLP_TASK/second"
} >"$MLP_TASK/outputs/data/data.csv"
lines=$(wc -l <"$MLP_TASK/outputs/data/data.csv")
printf '{"rows": %d}\n' "$((lines - 1))" >>"$MLP_TASK/metrics.jsonl"
echo "$((lines - 1)) rows"
