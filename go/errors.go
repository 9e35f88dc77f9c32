package blockpack

import (
	"fmt"
	"strconv"
)

// Code says why a call failed. The codes are errors themselves, to be used with [errors.Is]:
//
//	if errors.Is(err, blockpack.ErrReleased) { ... }
//
// The numbers are those of the C header and never change.
type Code int32

// What the functions of this package answer, in groups: caller, input and output, data, query,
// run, bugs.
const (
	// ErrNotBuilt: the program was built without cgo, so the library is not in it.
	ErrNotBuilt Code = -1
	// ErrAbsent: there is no such trace.
	ErrAbsent Code = 2

	// ErrNullArgument: a pointer that must not be NULL is NULL.
	ErrNullArgument Code = 16
	// ErrInvalidArgument: an argument is outside what the function accepts.
	ErrInvalidArgument Code = 17
	// ErrClosed: the object was closed.
	ErrClosed Code = 18
	// ErrBusy: an object for one caller at a time was entered twice.
	ErrBusy Code = 19
	// ErrReleased: the object was released.
	ErrReleased Code = 20
	// ErrState: not allowed in the object's present state.
	ErrState Code = 21

	// ErrIO: the operating system reported a failure.
	ErrIO Code = 32
	// ErrShortRead: a source gave fewer bytes than asked for.
	ErrShortRead Code = 33
	// ErrCallback: a callback reported a failure.
	ErrCallback Code = 34

	// ErrNotBlockpack: the bytes are not a block file.
	ErrNotBlockpack Code = 48
	// ErrFormatVersion: the file needs a newer library.
	ErrFormatVersion Code = 49
	// ErrCorrupt: the file contradicts itself.
	ErrCorrupt Code = 50
	// ErrChecksum: a section does not match its checksum.
	ErrChecksum Code = 51
	// ErrOTLP: the bytes are not valid OTLP; [Error] has the position.
	ErrOTLP Code = 52

	// ErrParse: a query, name or literal cannot be parsed; [Error] has the position.
	ErrParse Code = 64
	// ErrUnsupported: valid, but not something this version can do.
	ErrUnsupported Code = 65
	// ErrType: types do not fit together.
	ErrType Code = 66

	// ErrCancelled: cancelled.
	ErrCancelled Code = 80
	// ErrStopped: a callback asked to stop.
	ErrStopped Code = 81
	// ErrBudget: a memory or time budget was exceeded.
	ErrBudget Code = 82
	// ErrLimit: a fixed limit was exceeded.
	ErrLimit Code = 83
	// ErrDepth: nesting is deeper than allowed.
	ErrDepth Code = 84

	// ErrPanic: a bug in the library was caught at its boundary.
	ErrPanic Code = 96
	// ErrPoisoned: an earlier call on this object ended in ErrPanic.
	ErrPoisoned Code = 97
)

var codeTexts = map[Code]string{
	ErrNotBuilt:        "built without cgo",
	ErrAbsent:          "absent",
	ErrNullArgument:    "null argument",
	ErrInvalidArgument: "invalid argument",
	ErrClosed:          "the object was closed",
	ErrBusy:            "busy",
	ErrReleased:        "the object was released",
	ErrState:           "not in this state",
	ErrIO:              "input or output failed",
	ErrShortRead:       "short read",
	ErrCallback:        "callback failed",
	ErrNotBlockpack:    "not a block file",
	ErrFormatVersion:   "the file needs a newer library",
	ErrCorrupt:         "corrupt",
	ErrChecksum:        "checksum mismatch",
	ErrOTLP:            "invalid OTLP",
	ErrParse:           "cannot be parsed",
	ErrUnsupported:     "not supported",
	ErrType:            "types do not fit",
	ErrCancelled:       "cancelled",
	ErrStopped:         "stopped",
	ErrBudget:          "budget exceeded",
	ErrLimit:           "limit exceeded",
	ErrDepth:           "nested too deeply",
	ErrPanic:           "bug caught",
	ErrPoisoned:        "unusable after a bug",
}

// Error describes the code in a few words.
func (c Code) Error() string {
	if text, ok := codeTexts[c]; ok {
		return "blockpack: " + text
	}
	return "blockpack: status " + strconv.Itoa(int(c))
}

// Error is the failure of a call: a [Code] and what the library has to say about it.
type Error struct {
	// Code is the kind of failure; [errors.Is] compares with it.
	Code Code
	// Message says what went wrong, where, and what to do.
	Message string
	// Pos is the byte position in the OTLP bytes, query text or file; -1 if there is none.
	Pos int64
	// Retriable tells whether the same call may succeed later without anything being changed.
	Retriable bool
	// Cause is the error of the program's own reader or writer that made the call fail; else nil.
	Cause error
}

// Error gives the message, the position and the cause.
func (e *Error) Error() string {
	text := "blockpack: " + e.Message
	if e.Pos >= 0 {
		text += fmt.Sprintf(" (at byte %d)", e.Pos)
	}
	if e.Cause != nil {
		text += ": " + e.Cause.Error()
	}
	return text
}

// Unwrap gives the code and the cause.
func (e *Error) Unwrap() []error {
	if e.Cause == nil {
		return []error{e.Code}
	}
	return []error{e.Code, e.Cause}
}
