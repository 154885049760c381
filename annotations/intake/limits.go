package intake

import "time"

// Limits bound what one document may cost. A document beyond a limit is
// refused with the reason and the limit; nothing is cut off in silence.
//
// Time is watched between the steps of a parser. Two steps are a library's and
// not interrupted: parsing a web page and unpacking a workbook. Their size is
// bounded instead.
type Limits struct {
	Bytes      int64         // size of the file as it came
	Expanded   int64         // bytes that all parts of a packed file unpack to
	Ratio      int64         // unpacked to packed bytes of one part
	Parts      int           // parts of a packed file
	Pages      int           // pages of a PDF
	Characters int           // code points of the text
	Depth      int           // nesting of elements, groups or mail parts
	Time       time.Duration // reading one document
	Rows       int           // rows of a manifest, frame or cases file
	TableBytes int64         // size of a manifest, frame or cases file, unpacked
}

// DefaultLimits are wide enough for any case file we know of: a document of
// 60 pages with photographs is some 20 MB and 200,000 characters.
func DefaultLimits() Limits {
	return Limits{
		Bytes:      64 << 20,
		Expanded:   256 << 20,
		Ratio:      200,
		Parts:      5_000,
		Pages:      2_000,
		Characters: 5_000_000,
		Depth:      500,
		Time:       time.Minute,
		Rows:       1_000_000,
		TableBytes: 256 << 20,
	}
}
