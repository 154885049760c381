package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
)

// screenVerb finds what may identify a person in documents outside a study.
// It ends with status 1 when a finding blocks or a file cannot be read; the
// other files are answered all the same.
type screenVerb struct {
	output
	Case  bool     `help:"The files are of one case: a name that one of them tells is a name in all."`
	Files []string `arg:"" name:"file" help:"Documents of any format that can be imported; - reads standard input."`
}

// A screened is a finding with its file, a row of the report.
type screened struct {
	File string `json:"file"`
	screening.Finding
}

func (v screenVerb) Run(p process) error {
	cache, err := os.UserCacheDir()
	if err == nil {
		cache = filepath.Join(cache, "dossierlens")
	}
	reader := intake.NewReader(cache, intake.DefaultLimits())
	defer reader.Close()
	found := []screened{}
	var failed error
	var names, texts []string
	scan := func() {
		_, all := new(screening.Screener).ClearCase(texts)
		for i, findings := range all {
			for _, f := range findings {
				found = append(found, screened{names[i], f})
				if f.Severity == screening.Block {
					failed = errReported
				}
			}
		}
		names, texts = nil, nil
	}
	for _, name := range v.Files {
		text, err := v.read(p, reader, name)
		if err != nil {
			failed = errReported
			fmt.Fprintln(p.stderr, err)
			continue
		}
		names, texts = append(names, name), append(texts, text)
		if !v.Case {
			scan()
		}
	}
	scan()
	if err := v.report(p.stdout, found, failed == nil); err != nil {
		return err
	}
	return failed
}

// read returns the text of one document as it would be stored.
func (v screenVerb) read(p process, reader *intake.Reader, name string) (string, error) {
	src := p.stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return "", err
		}
		defer f.Close()
		src = f
	}
	doc, err := reader.Read(p.ctx, name, src)
	return doc.Text, err
}

func (v screenVerb) report(w io.Writer, found []screened, clean bool) error {
	if v.Format == "table" && len(found) == 0 {
		if !clean {
			return nil
		}
		_, err := fmt.Fprintln(w, "no findings")
		return err
	}
	var rows [][]string
	for _, f := range found {
		rows = append(rows, []string{f.File, string(f.Kind), strconv.Itoa(f.Start), strconv.Itoa(f.End), f.Text, string(f.Severity), f.Rule})
	}
	return v.print(w, []string{"file", "kind", "start", "end", "text", "severity", "rule"}, rows, found)
}
