//go:build cgo && !blockpack_static && !blockpack_source_tree

package blockpack

// #cgo pkg-config: blockpack
import "C"
