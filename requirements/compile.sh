#!/bin/sh
# Pin every requirements file with hashes, all from one resolution (dev), naming no index host.
set -eu
cd "$(dirname "$0")"
compile="uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --quiet"
$compile "$@" dev.in -o dev.txt
for name in base routing insights tracing local; do
    $compile "$name.in" -c dev.txt -o "$name.txt"
done
