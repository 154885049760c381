// Package intake reads case files that come from outside: documents of nine
// formats, manifests, sampling frames and codings. Whatever it is given may
// be broken or hostile, so every input is bounded by [Limits], a panic in a
// parser is a [Problem] of that one document, and no path leaves the batch.
//
// The package knows no study, no codebook and no database. It does not look
// for names in a text (see package screening), stores nothing, and keeps no
// document in memory after it was handed over.
//
// # Order of use
//
// [NewReader] once for the life of the program, and [Reader.Close] at the
// end: it owns the PDF engine. Then, for an import,
//
//	batch, err := intake.Open(path, known, limits) // folder, ZIP, CSV or XLSX
//	defer batch.Close()
//	for _, c := range batch.Cases {
//		for _, e := range c.Documents {
//			doc, err := batch.Read(ctx, reader, e) // one text at a time
//		}
//	}
//
// The error of Open is a [Problems] with every mistake of the manifest, each
// with its place. A single document is read with [Reader.Read]. Tables are
// read with [ReadFrame], [ReadCases] and, row by row, [ReadCodings].
//
// # Canonical text
//
// What a [Document] holds is what coders see and what passages point into:
// Unicode in normalization form C, lines ended by LF, no byte order mark, no
// control characters but tab and LF. Offsets are code points. Pages are kept
// as offsets, for PDF pages, page breaks of word processors, and form feeds.
// Tables become one line a row with cells parted by tabs, lists keep their
// numbers, headers come first, footers and notes last.
//
// # What is left out
//
// Comments, tracked deletions, hidden text, pictures and attachments are not
// read, and each is counted in [Document.Lost], as is what looks risky. A PDF
// or web page printed from a document with tracked changes still shows the
// deleted words: nothing in such a file tells them apart.
//
// # References
//
// ECMA-376-1:2016, Office Open XML; OASIS OpenDocument 1.3; Microsoft, Rich
// Text Format Specification 1.9.1; RFC 5322 and RFC 2045, mail; Unicode
// Standard Annex 15, normalization forms.
package intake
