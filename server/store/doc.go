// Package store keeps the studies of one workspace in one SQLite file.
//
// It is the only package that knows SQL. Its methods are verbs of the work
// (SaveAnswer, Submit, Decide), each one transaction in which the change, its
// consequences for the state of the case and its row in the audit log are
// written together or not at all. Whoever acts is a parameter of every read
// and write of codings: what a coder may not see is left out by the statement
// itself, not by the page.
//
// The package leaves out who may do what in general (server/auth) and what an
// answer means (codebook); it applies both where a write needs them.
//
// [Open] the file, hand the [Store] to the server, [Store.Close] it. Two
// handles stand on the file: one connection that writes, taking the write lock
// at once, and a few that only read. An acknowledged write has reached the
// disk (WAL, synchronous=FULL); after a flush that failed no write is taken any
// more ([ErrUnflushed]) and the program leaves, for another to be started.
package store
