#!/bin/sh
# Runs the program: the image has it beside this file; elsewhere it is built once into the user's cache, where there is a Go toolchain.
set -eu

here=${0%/*}
[ ! -x "$here/deduplicate" ] || exec "$here/deduplicate"

if ! command -v go >/dev/null; then
    echo "error: deduplicate is not available here: it is a Go program, which the platform's images have built in; this machine has no go in its PATH to build it"
    exit 1
fi
# HOME is the task's own folder, which goes away with it.
home=$(eval echo "~$(id -un)")
cache=${home%/}/.cache/slipway/operators
program=$cache/deduplicate-$(sha256sum <"$here/main.go" | cut -c 1-16)
if [ ! -x "$program" ]; then
    mkdir -p "$cache"
    HOME=$home CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS= go build -trimpath -o "$program.$$" "$here/main.go" || {
        echo "error: deduplicate is not available here: $(go version) cannot build it"
        exit 1
    }
    mv "$program.$$" "$program" # at once: another task may do the same
fi
exec "$program"
