package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
)

// codebookVerb works on codebook files. Wherever it takes a file it takes
// builtin:ID as well.
type codebookVerb struct {
	Check  codebookCheckVerb  `cmd:"" help:"Tell every problem of codebook files, with its place."`
	Show   codebookShowVerb   `cmd:"" help:"Print a codebook for reading."`
	Export codebookExportVerb `cmd:"" help:"Write a codebook for other programs: REDCap data dictionary, XLSForm, REFI-QDA codebook."`
	Diff   codebookDiffVerb   `cmd:"" help:"Tell the differences between two versions, and the version they ask for."`
}

// builtinPrefix comes before the id of a built-in codebook.
const builtinPrefix = "builtin:"

// openCodebook parses a file or a built-in codebook.
func openCodebook(name string) (*codebook.Codebook, error) {
	if id, ok := strings.CutPrefix(name, builtinPrefix); ok {
		return builtin.Codebook(id)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, codebook.MaxSize+1))
	if err != nil {
		return nil, err
	}
	return codebook.Parse(src, name)
}

// openCodebooks parses all of names and tells the problems of all on stderr.
func openCodebooks(p process, names ...string) ([]*codebook.Codebook, error) {
	var failed error
	books := make([]*codebook.Codebook, len(names))
	for i, name := range names {
		c, err := openCodebook(name)
		if err != nil {
			failed = errReported
			for _, problem := range problemsOf(err) {
				fmt.Fprintln(p.stderr, problem)
			}
		}
		books[i] = c
	}
	return books, failed
}

type codebookCheckVerb struct {
	output
	Files []string `arg:"" name:"file" help:"Codebook files, or builtin:ID."`
}

// A checkedCodebook is one line of the report on files without problems.
type checkedCodebook struct {
	File      string `json:"file"`
	ID        string `json:"id"`
	Version   string `json:"version"`
	Variables int    `json:"variables"`
	Measures  int    `json:"measures"`
	Hash      string `json:"hash"`
}

func (v codebookCheckVerb) Run(p process) error {
	books, failed := openCodebooks(p, v.Files...)
	checked := []checkedCodebook{}
	var rows [][]string
	for i, c := range books {
		if c == nil {
			continue
		}
		x := checkedCodebook{v.Files[i], c.ID, c.Version, len(c.Variables()), len(c.Measures), c.Hash()}
		checked = append(checked, x)
		rows = append(rows, []string{x.File, "ok", x.ID, x.Version, strconv.Itoa(x.Variables), strconv.Itoa(x.Measures), x.Hash})
	}
	if len(rows) > 0 || v.Format != "table" {
		header := []string{"file", "result", "id", "version", "variables", "measures", "hash"}
		if err := v.print(p.stdout, header, rows, checked); err != nil {
			return err
		}
	}
	return failed
}

type codebookDiffVerb struct {
	output
	Old string `arg:"" help:"The older version: a file or builtin:ID."`
	New string `arg:"" help:"The newer version: a file or builtin:ID."`
}

// A codebookDiff is the report of differences as JSON.
type codebookDiff struct {
	From     string            `json:"from"`     // version of the older
	To       string            `json:"to"`       // version of the newer
	Next     string            `json:"next"`     // lowest version that the changes allow
	Suffices bool              `json:"suffices"` // To is at least Next
	Changes  []codebook.Change `json:"changes"`
}

func (v codebookDiffVerb) Run(p process) error {
	books, err := openCodebooks(p, v.Old, v.New)
	if err != nil {
		return err
	}
	from, to := books[0], books[1]
	d := codebookDiff{From: from.Version, To: to.Version, Changes: codebook.Diff(from, to)}
	if d.Next, err = codebook.NextVersion(d.From, d.Changes); err != nil {
		return err
	}
	if d.Suffices, err = codebook.Suffices(d.From, d.To, d.Changes); err != nil {
		return err
	}
	rows := [][]string{}
	for _, c := range d.Changes {
		rows = append(rows, []string{string(c.Class), c.Path, c.Old, c.New, strings.Join(c.Variables, "|")})
	}
	if v.Format == "table" && len(rows) == 0 {
		_, err := fmt.Fprintln(p.stdout, "no differences")
		return err
	}
	if err := v.print(p.stdout, []string{"class", "path", "old", "new", "variables"}, rows, d); err != nil {
		return err
	}
	if v.Format != "table" {
		return nil
	}
	verdict := "which suffices"
	if !d.Suffices {
		verdict = "which is too low"
	}
	_, err = fmt.Fprintf(p.stdout, "\nThese changes to %s ask for version %s at least; the newer file says %s, %s.\n", d.From, d.Next, d.To, verdict)
	return err
}
