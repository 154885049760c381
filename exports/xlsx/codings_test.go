package xlsx_test

import (
	"bytes"
	"errors"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/xlsx"
)

var submitted = time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC)

func codingRows(rows ...exports.CodingRow) iter.Seq2[exports.CodingRow, error] {
	return func(yield func(exports.CodingRow, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

func TestCodingsWorkbook(t *testing.T) {
	book := publication(t, "").Book
	long := strings.Repeat("wheel 🚲 ", 5000)
	rows := codingRows(
		exports.CodingRow{Case: "B-01", Coder: "coder 1", Variable: "minutes", Answer: codebook.Answer{Value: "40"}, Submitted: submitted},
		exports.CodingRow{Case: "B-01", Coder: "coder 1", Variable: "remark", Answer: codebook.Answer{Value: "=cmd|' /C calc'!A0"}, Note: "-2+3"},
		exports.CodingRow{Case: "B-02", Coder: "consensus", Variable: "quality", Answer: codebook.Answer{Missing: codebook.NR}, Note: long},
	)
	var first []byte
	for range 3 {
		var b bytes.Buffer
		if err := xlsx.WriteCodings(&b, book, rows, "en", t.TempDir(), submitted); err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = b.Bytes()
		} else if !bytes.Equal(b.Bytes(), first) {
			t.Fatal("the same codings gave other bytes")
		}
	}
	f := reopen(t, first)
	got, err := f.GetRows("Codings")
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range [][]string{
		exports.CodingColumns,
		{"B-01", "coder 1", "minutes", "40", "", "", "2026-01-05T09:30:00Z"},
		{"B-01", "coder 1", "remark", "'=cmd|' /C calc'!A0", "", "'-2+3"},
	} {
		if !slices.Equal(got[i], want) {
			t.Errorf("row %d = %q, want %q", i+1, got[i], want)
		}
	}
	note := got[3][5]
	if !strings.HasSuffix(note, " […]") || !strings.HasPrefix(long, strings.TrimSuffix(note, " […]")) || len(note) < 32_000 {
		t.Errorf("a long note became one of %d bytes ending in %q", len(note), note[len(note)-10:])
	}
	if notice, err := f.GetCellValue("Notice", "A2"); err != nil || !strings.HasPrefix(notice, "1 texts did not fit") {
		t.Errorf("notice = %q, %v", notice, err)
	}
	if variable, err := f.GetCellValue("Codebook", "A2"); err != nil || variable != "workshop" {
		t.Errorf("first variable of the codebook = %q, %v", variable, err)
	}
}

func TestCodingsWorkbookOfNothingAndOfAnError(t *testing.T) {
	book := publication(t, "").Book
	var b bytes.Buffer
	if err := xlsx.WriteCodings(&b, book, codingRows(), "nl", "", submitted); err != nil {
		t.Fatal(err)
	}
	if rows, err := reopen(t, b.Bytes()).GetRows("Coderingen"); err != nil || len(rows) != 1 {
		t.Errorf("rows of no codings = %q, %v", rows, err)
	}
	broken := errors.New("the disk is gone")
	err := xlsx.WriteCodings(&b, book, func(yield func(exports.CodingRow, error) bool) { yield(exports.CodingRow{}, broken) }, "nl", "", submitted)
	if !errors.Is(err, broken) {
		t.Errorf("error = %v, want %v", err, broken)
	}
}
