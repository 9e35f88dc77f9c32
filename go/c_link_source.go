//go:build cgo && blockpack_source_tree

package blockpack

// What cargo built in the source tree around this package, the release build before the debug one.

// #cgo CFLAGS: -I${SRCDIR}/../include
// #cgo linux LDFLAGS: -L${SRCDIR}/../target/release -L${SRCDIR}/../target/debug -l:libblockpack.a -lgcc_s -lutil -lrt -lpthread -lm -ldl
// #cgo darwin LDFLAGS: ${SRCDIR}/../target/release/libblockpack.a
import "C"
