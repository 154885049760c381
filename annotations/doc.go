// Package annotations holds what coders do to case files: cases and their
// documents, assignments, codings, the passages on which answers rest, and
// how differing codings are settled.
//
// It decides and the store remembers. The package leaves out where things are
// kept (server/store), who may do them (server/auth), what the questions are
// (codebook) and the mathematics of agreement (annotations/agreement).
//
// A study goes through it in this order: a sample is divided over the strata of
// a frame by [Allocate] and drawn by [Draw]; documents are read by intake and
// looked at by screening, and only a [screening.Cleared] text becomes a
// [Document]; a case is given to coders as [Assignment]s; each writes a
// [Coding] with [Passage]s; two independent codings are laid side by side by
// [Compare]; [Settle] joins codings and decisions to the settled answers, each
// with its [Provenance].
//
// What never happens here: an answer is never changed, only followed by a
// later version; a settled answer never replaces a coding; agreement is never
// computed on anything but independent codings as they were submitted.
package annotations
