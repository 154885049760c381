//go:build !unix

package main

// lockFolder does nothing where the system has no advisory locks; the
// database still lets one process write at a time.
func lockFolder(string) (unlock func(), err error) { return func() {}, nil }
