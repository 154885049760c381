package store

import (
	"errors"
	"fmt"

	lib "modernc.org/sqlite/lib"
)

// ErrFull says that the disk has no room; nothing was stored.
var ErrFull = errors.New("the disk is full")

// full recognizes what SQLite says of a full disk: that itself, or that a
// file could not be written or made longer.
func full(err error) error {
	switch code(err) {
	case lib.SQLITE_FULL, lib.SQLITE_IOERR_WRITE, lib.SQLITE_IOERR_TRUNCATE, lib.SQLITE_IOERR_SHMSIZE:
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}
