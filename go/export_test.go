//go:build cgo

package blockpack

// StatusName names a status as the C library does.
var StatusName = cStatusName
