//go:build unix

package store

import (
	"errors"
	"os"
	"syscall"
)

// lock takes the lock of a data folder, which goes with the process however it
// ends: for everybody who opens it, or for one alone. It reports false when
// others have it.
func lock(f *os.File, alone bool) (bool, error) {
	how := syscall.LOCK_SH
	if alone {
		how = syscall.LOCK_EX
	}
	err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
