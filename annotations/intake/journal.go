package intake

import (
	"strings"

	"github.com/xuri/excelize/v2"
)

// journalBytes bounds what a journal unpacks to, below Limits.Expanded: to know
// which columns are hidden, a sheet is held in memory, where a cell takes many
// times its bytes.
const journalBytes = 8 << 20

// xlsx reads a journal kept in a workbook: each visible sheet under its name,
// a line a row, with values as they are shown.
func (x *extraction) xlsx() error {
	limits := x.limits
	limits.Expanded = min(limits.Expanded, journalBytes)
	f, err := openWorkbook(x.data, limits, false)
	if err != nil {
		return err
	}
	defer f.Close()
	sheets, hidden := visibleSheets(f)
	x.count[NoticeHidden] += hidden
	for i, sheet := range sheets {
		if i > 0 {
			x.breakPage(newPage)
		}
		rows, err := f.Rows(sheet)
		if err != nil {
			return &Problem{Column: sheet, Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
		}
		named := false // a sheet without rows is not named
		columns := map[int]bool{}
		for rows.Next() {
			if err := x.stopped(); err != nil {
				return err
			}
			cells, err := rows.Columns()
			if err != nil {
				return &Problem{Column: sheet, Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
			}
			for at := range cells {
				if cells[at] != "" && hiddenColumn(f, sheet, at, columns) {
					x.lost(NoticeHidden)
					cells[at] = ""
				}
			}
			line := strings.TrimRight(strings.Join(cells, "\t"), "\t")
			switch {
			case line == "":
			case rows.GetRowOpts().Hidden:
				x.lost(NoticeHidden)
			default:
				if !named {
					x.write(sheet + "\n")
					named = true
				}
				x.write(line + "\n")
			}
		}
		if err := rows.Error(); err != nil {
			return &Problem{Column: sheet, Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
		}
		if comments, err := f.GetComments(sheet); err == nil {
			x.count[NoticeComment] += len(comments)
		}
		if pictures, err := f.GetPictureCells(sheet); err == nil {
			x.count[NoticePicture] += len(pictures)
		}
	}
	return nil
}

// hiddenColumn reports whether column at, from 0, is hidden; known keeps the
// answers.
func hiddenColumn(f *excelize.File, sheet string, at int, known map[int]bool) bool {
	hidden, ok := known[at]
	if !ok {
		name, err := excelize.ColumnNumberToName(at + 1)
		if err == nil {
			shown, err := f.GetColVisible(sheet, name)
			hidden = err == nil && !shown
		}
		known[at] = hidden
	}
	return hidden
}
