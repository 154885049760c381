package store

import (
	"unsafe"

	"modernc.org/libc"
)

// SQLite is translated from C: it hands buffers, structures and functions
// over as addresses, in memory of its own. This file turns these into values
// of Go, and is the only place of the program where memory is reached without
// bounds (TestNoHazardousImports in cmd/dossierlens).

// bytesAt is the memory of n bytes at address p, not a copy.
func bytesAt(p uintptr, n int) []byte { return libc.GoBytes(p, n) }

// structAt is the structure at address p.
func structAt[T any](p uintptr) *T { return (*T)(unsafe.Pointer(&bytesAt(p, 1)[0])) }

// functionIn is the function whose address a field of a structure holds; it
// can be replaced.
func functionIn[F any](field *uintptr) *F { return (*F)(unsafe.Pointer(field)) }
