//go:build cgo && !blockpack_static

package blockpack

// #cgo pkg-config: blockpack
import "C"
