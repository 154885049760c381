package intake

import "io"

// rowBytes bounds one row of a CSV file: a quote that is never closed makes a
// row of all the rest of the file.
const rowBytes = 4 << 20

// A bounded reader fails with a Problem where a plain limited one would end
// early, so that a table cut short is never taken for a whole one.
type bounded struct {
	src         io.Reader
	left, limit int64 // of the whole
	row         int64 // left for the row being read, read-ahead included
}

func newBounded(src io.Reader, limit int64) *bounded {
	return &bounded{src: src, left: limit, limit: limit, row: rowBytes}
}

// nextRow is called after each row.
func (b *bounded) nextRow() { b.row = rowBytes }

func (b *bounded) Read(p []byte) (int, error) {
	n, err := b.src.Read(p)
	b.left -= int64(n)
	b.row -= int64(n)
	switch {
	case b.left < 0:
		return 0, &Problem{Reason: ErrTooLarge, Args: []any{b.limit}}
	case b.row < 0:
		return 0, &Problem{Reason: ErrRowTooLong, Args: []any{int64(rowBytes)}}
	}
	return n, err
}
