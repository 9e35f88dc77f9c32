// Package blockpack keeps OpenTelemetry spans in immutable column files and answers questions about
// them: which spans match, what fields a span has, how the spans of a trace relate. It is a thin
// layer over the C library of the same name.
//
// # Building
//
// The package needs cgo and the library, version 0.1 or newer, which it finds through pkg-config:
// shared as package blockpack, or, with the build tag blockpack_static, linked into the program as
// package blockpack-static. With the build tag blockpack_source_tree it takes what cargo built in the
// source tree around it. Without cgo the package builds too, and everything that would make
// something answers [ErrNotBuilt].
//
// # Objects
//
// Functions that make an object give a pointer and an error. Close ends the object; closing again
// does nothing, and a closed object answers [ErrClosed]. Objects that hold blocks, and so memory,
// have Release: it gives the memory back now, and the object answers [ErrReleased] from then on. A
// released object need not be closed, so "defer x.Release()" right after x was made is all there is
// to do. Objects do not depend on each other: a list of blocks outlives its reader, and fields outlive
// their list. The memory of a block is free when the last object that holds it is released or closed.
//
// Objects that are forgotten are ended by the garbage collector, which does not know how much memory
// they hold and takes its time; [LeakedHandles] counts them, so that tests can tell.
//
// Objects may be used by any number of goroutines at once, also while one of them closes or releases
// it: calls that are running finish first. Objects with a state, as [Writer] and [Builder], take one
// call at a time.
//
// # Values
//
// Everything that calls give belongs to Go: text and bytes are copied out of the blocks, many at
// once, so nothing becomes invalid when an object ends.
//
// # Errors
//
// Errors that the library reports are of type *[Error]; its [Code] is found by [errors.Is]:
//
//	if errors.Is(err, blockpack.ErrReleased) { ... }
package blockpack
