package intake

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/xuri/excelize/v2"
)

// openWorkbook opens an XLSX after its directory was held against the
// limits. Nothing is spilled to a temporary folder, where case text would
// stand in clear.
func openWorkbook(data []byte, limits Limits, raw bool) (*excelize.File, error) {
	p, err := openPackage(bytes.NewReader(data), int64(len(data)), limits, limits.Parts)
	if err != nil {
		return nil, err
	}
	if p.has("xl/vbaProject.bin") {
		return nil, ErrMacros
	}
	if err := p.checkParts(); err != nil {
		return nil, err
	}
	f, err := excelize.OpenReader(bytes.NewReader(data), excelize.Options{
		UnzipSizeLimit: limits.Expanded, UnzipXMLSizeLimit: limits.Expanded, RawCellValue: raw,
	})
	if err != nil {
		return nil, &Problem{Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
	}
	return f, nil
}

// visibleSheets lists the sheets a person sees, and counts the others.
func visibleSheets(f *excelize.File) (sheets []string, hidden int) {
	for _, name := range f.GetSheetList() {
		if shown, err := f.GetSheetVisible(name); err == nil && !shown {
			hidden++
			continue
		}
		sheets = append(sheets, name)
	}
	return sheets, hidden
}

// newSheet reads the sheet named manifest, or else the first, as a table.
// Values are taken as stored, so that a number is not what its format shows.
func newSheet(src io.Reader, file string, limits Limits) (*table, error) {
	data, err := readAll(src, min(limits.TableBytes, limits.Bytes))
	if err != nil {
		return nil, err
	}
	f, err := openWorkbook(data, limits, true)
	if err != nil {
		return nil, err
	}
	sheets, _ := visibleSheets(f)
	if len(sheets) == 0 {
		f.Close()
		return nil, ErrNoRows
	}
	sheet := sheets[0]
	for _, s := range sheets {
		if strings.EqualFold(s, "manifest") {
			sheet = s
		}
	}
	rows, err := f.Rows(sheet)
	if err != nil {
		f.Close()
		return nil, &Problem{Column: sheet, Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
	}
	line := 0
	return &table{file: file, limit: limits.Rows, next: func() ([]string, int, error) {
		for rows.Next() {
			line++
			cells, err := rows.Columns()
			if err != nil {
				return nil, line, &Problem{Line: line, Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
			}
			if len(cells) > 0 {
				return cells, line, nil
			}
		}
		err := errors.Join(rows.Error(), rows.Close(), f.Close())
		if err == nil {
			err = io.EOF
		}
		return nil, line, err
	}}, nil
}
