#!/usr/bin/env bash
# Builds everything and shows it at work on the traces in tests/data: from recorded OTLP to a block file, and
# what the command and the programs in examples/ get out of that.
set -euo pipefail
# shellcheck source=tools/lib.sh
source "$(dirname "$0")/lib.sh"

tools/bootstrap.sh
use_tools
tools/build.sh

demo=$BUILD_DIR/demo
file=$demo/shop.bpk
mkdir -p "$demo"
PATH=$PWD/$BUILD_DIR/release/bin:$PATH

# show TEXT COMMAND: says what comes, shows the command line, runs it.
show() {
    printf '\n'
    say "$1"
    printf '    $ %s\n\n' "$2"
    eval "$2"
}

show 'Recorded OTLP export requests become one block file' \
    "blockpack ingest --force tests/data/shop.pbd.zst -o $file"
show 'What the file holds' "blockpack inspect $file | head -n 24"
show 'Which requests failed slowly' \
    "blockpack scan $file span:status = error --and span:kind = server --and span:duration '>' 20ms -n 5"
show 'Where below checkouts calls failed, in TraceQL' \
    "blockpack query $file '{ name = \"POST /checkout/{user}\" } >> { status = error && kind = client }' -n 2"
show 'Spans a second by service' \
    "blockpack query $file '{ } | rate() by (resource.service.name)' --format chart --width 100"
# A checkout whose card was refused.
trace=$(blockpack scan "$file" span:name = 'authorize card' --and span:status = error --json -n 1 |
    sed -n 's/.*"trace_id": "\(.*\)".*/\1/p')
show 'One trace as a waterfall' "blockpack trace $file $trace --width 120"
show 'Which services call which' "blockpack graph $file"
show 'The same as a picture' "blockpack graph $file --format svg > $demo/services.svg && echo $demo/services.svg"

printf '\n'
say 'Building the examples against an installed library'
cmake --install "$BUILD_DIR/release" --prefix "$demo/installed" >/dev/null
cmake -S examples -B "$demo/examples" -DCMAKE_PREFIX_PATH="$PWD/$demo/installed" >/dev/null
cmake --build "$demo/examples" >/dev/null
for source in examples/c/*.c examples/cpp/*.cpp; do
    language=$(basename "$(dirname "$source")")
    name=$(basename "${source%.*}")
    show "$source" "$demo/examples/${language}_$name $(example_input "$name" "$file")"
done

printf '\n'
if ! find_go >/dev/null; then
    say "Go examples: skipped, there is no Go >= $GO_MIN here"
    exit
fi
libdir=$(dirname "$(find "$PWD/$demo/installed" -name libblockpack.a)")
export PKG_CONFIG_PATH=$libdir/pkgconfig
mkdir -p "$demo/go"
go build -C examples/go -tags blockpack_static -o "$PWD/$demo/go" ./...
for name in summary tour; do
    show "examples/go/$name" "$demo/go/$name $file"
done
start_service "$demo/go/search" "$demo" "$demo/search.txt"
if command -v curl >/dev/null; then
    show 'examples/go/search, an HTTP service over a folder' "curl -s '$address/api/search?limit=1' && curl -s $address/metrics | grep ^blockpack"
fi
stop_service "$demo/search.txt"
