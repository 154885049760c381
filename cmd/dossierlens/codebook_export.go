package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/refiqda"
	"github.com/dossierlens/dossierlens/exports/xlsx"
)

// codebookExportVerb writes a codebook in the form of another program. What
// that form cannot express is told on stderr and does not fail the verb.
type codebookExportVerb struct {
	As   string `enum:",redcap,xlsform,refi-qda" default:"" help:"What to write: redcap (data dictionary, CSV), xlsform (XLSX), refi-qda (.qdc). By default by the name of OUT."`
	Lang string `enum:"nl,en" default:"en" help:"Language of texts, where a form has one: nl or en."`
	File string `arg:"" help:"A codebook file or builtin:ID."`
	Out  string `arg:"" optional:"" default:"-" help:"File to write; - writes to standard output."`
}

func (v codebookExportVerb) Run(p process) error {
	if v.As == "" {
		switch strings.ToLower(filepath.Ext(v.Out)) {
		case ".csv":
			v.As = "redcap"
		case ".xlsx":
			v.As = "xlsform"
		case ".qdc":
			v.As = "refi-qda"
		default:
			return errors.New("say what to write: --as redcap, xlsform or refi-qda, or a file that ends in .csv, .xlsx or .qdc")
		}
	}
	books, err := openCodebooks(p, v.File)
	if err != nil {
		return err
	}
	var notes []string
	write := func(w io.Writer) (err error) {
		notes, err = v.write(w, books[0])
		return err
	}
	if v.Out == "-" {
		err = write(p.stdout)
	} else {
		err = replaceFile(v.Out, write)
	}
	for _, note := range notes {
		fmt.Fprintln(p.stderr, note)
	}
	return err
}

func (v codebookExportVerb) write(w io.Writer, book *codebook.Codebook) ([]string, error) {
	switch v.As {
	case "redcap":
		return exports.WriteREDCap(w, book, v.Lang)
	case "xlsform":
		return xlsx.WriteXLSForm(w, book, v.Lang, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	}
	return nil, refiqda.WriteCodebook(w, book, v.Lang)
}
