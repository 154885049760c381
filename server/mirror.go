package server

import (
	"bytes"
	"cmp"
	"encoding/csv"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/web"
)

// mirrorMissing are the codes that a mirror shows, in their order.
var mirrorMissing = []string{codebook.NR, codebook.DM, codebook.UC}

// mirrorValues is the number of most frequent answers that a mirror shows.
const mirrorValues = 3

type mirrorPage struct {
	web.Frame
	Action   string
	By, Name string
	Bys      []web.Option
	Names    []web.Option
	Codings  int
	All      int
	Sections []mirrorSection
	Checks   []mirrorCheck
	CSV      string
	Workbook string
}

type mirrorSection struct {
	Label string
	Rows  []mirrorRow
}

type mirrorRow struct {
	Label    string
	Answered int
	Filled   sharePair
	Missing  []sharePair
	Values   string
}

type mirrorCheck struct {
	ID, Message string
	Fired       sharePair
}

// A sharePair is a share in a group beside that in the whole study.
type sharePair struct {
	Group, All float64
	None       bool // the group has nothing to take a share of
	Whole      bool // the group is the whole study
}

func newSharePair(n, of, allN, allOf int) sharePair {
	p := sharePair{None: of == 0}
	if of > 0 {
		p.Group = float64(n) / float64(of)
	}
	if allOf > 0 {
		p.All = float64(allN) / float64(allOf)
	}
	return p
}

// mirrorBy reads by what the address groups.
func (c *call) mirrorBy() annotations.MirrorGroup {
	if c.Query("by") == string(annotations.MirrorByCoder) {
		return annotations.MirrorByCoder
	}
	return annotations.MirrorBySource
}

func (c *call) mirror() error {
	by := c.mirrorBy()
	p := mirrorPage{Frame: c.frame(here("mirror.title")), Action: c.studyPath("mirror"), By: string(by)}
	p.Bys = []web.Option{{Value: "source", Label: web.Say("mirror.by.source")}, {Value: "coder", Label: web.Say("mirror.by.coder")}}
	p.CSV = c.studyPath("mirror", "csv") + "?" + url.Values{"by": {p.By}}.Encode()
	query := url.Values{"by": {p.By}}
	if name := c.Query("name"); name != "" {
		query.Set("name", name)
	}
	p.Workbook = c.studyPath("mirror", "xlsx") + "?" + query.Encode()
	m, working, err := c.mirrorsForPage(by)
	if err != nil {
		return err
	}
	if working != nil {
		return c.mirrorPending(working)
	}
	all := m.All
	shown := all
	p.Names = []web.Option{{Label: web.Say("mirror.everyone")}}
	for _, g := range m.Groups {
		label := web.Text(g.Name)
		value := g.Name
		if g.Name == "" {
			label, value = web.Say("mirror.no_source"), "-"
		}
		p.Names = append(p.Names, web.Option{Value: value, Label: label})
		if c.Query("name") == value {
			p.Name, shown = value, g
		}
	}
	p.Codings, p.All = shown.Codings, all.Codings
	if p.All > 0 {
		if err := c.fillMirror(&p, shown, all); err != nil {
			return err
		}
	}
	return c.page("mirror", p)
}

func (c *call) fillMirror(p *mirrorPage, shown, all annotations.Mirror) error {
	book, err := c.codebook()
	if err != nil {
		return err
	}
	pair := func(n, of, allN, allOf int) sharePair {
		s := newSharePair(n, of, allN, allOf)
		s.Whole = p.Name == ""
		return s
	}
	for i, f := range shown.Variables {
		a := all.Variables[i]
		if a.Answered() == 0 {
			continue
		}
		row := mirrorRow{Label: f.Variable.Label.In(c.lang), Answered: f.Answered(),
			Filled: pair(f.Filled, f.Answered(), a.Filled, a.Answered()), Values: c.frequent(book, f)}
		for _, code := range mirrorMissing {
			row.Missing = append(row.Missing, pair(f.Missing[code], f.Answered(), a.Missing[code], a.Answered()))
		}
		label := book.SectionOf(f.Variable.ID).Label.In(c.lang)
		if n := len(p.Sections); n == 0 || p.Sections[n-1].Label != label {
			p.Sections = append(p.Sections, mirrorSection{Label: label})
		}
		s := &p.Sections[len(p.Sections)-1]
		s.Rows = append(s.Rows, row)
	}
	for i, k := range shown.Checks {
		if all.Checks[i].N > 0 {
			p.Checks = append(p.Checks, mirrorCheck{k.Check.ID, k.Check.Message.In(c.lang), pair(k.N, shown.Codings, all.Checks[i].N, all.Codings)})
		}
	}
	return nil
}

// frequent names the most frequent answers to a question with their share of
// those that have a value.
func (c *call) frequent(book *codebook.Codebook, f annotations.VariableFill) string {
	codes := slices.SortedFunc(maps.Keys(f.Values), func(a, b string) int {
		return cmp.Or(cmp.Compare(f.Values[b], f.Values[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, code := range codes[:min(len(codes), mirrorValues)] {
		label := answerLabel(book, f.Variable, codebook.Answer{Value: code}, c.lang)
		parts = append(parts, label+" "+c.percent(float64(f.Values[code])/float64(f.Filled)))
	}
	return strings.Join(parts, ", ")
}

// mirrorCSV writes all mirrors as counts, a row a variable and code or a
// check.
func (c *call) mirrorCSV() error {
	by := c.mirrorBy()
	m, err := c.mirrors(by)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	write := func(fields ...string) error {
		for i := range fields {
			fields[i] = exports.Guard(fields[i])
		}
		return w.Write(fields)
	}
	if err := write(string(by), "codings", "kind", "id", "code", "n"); err != nil {
		return err
	}
	for _, g := range m.Groups {
		row := func(kind, id, code string, n int) error {
			return write(g.Name, strconv.Itoa(g.Codings), kind, id, code, strconv.Itoa(n))
		}
		for _, f := range g.Variables {
			if f.Answered()+f.Open == 0 {
				continue
			}
			err = row("filled", f.Variable.ID, "", f.Filled)
			for _, code := range mirrorMissing {
				err = cmp.Or(err, row("missing", f.Variable.ID, code, f.Missing[code]))
			}
			err = cmp.Or(err, row("open", f.Variable.ID, "", f.Open))
			for _, code := range slices.Sorted(maps.Keys(f.Values)) {
				err = cmp.Or(err, row("value", f.Variable.ID, code, f.Values[code]))
			}
			if err != nil {
				return err
			}
		}
		for _, k := range g.Checks {
			if err := row("check", k.Check.ID, k.Check.Severity, k.N); err != nil {
				return err
			}
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return err
	}
	if err := c.record("mirror.export", "", map[string]any{"by": by, "groups": len(m.Groups)}); err != nil {
		return err
	}
	c.Header("Content-Disposition", `attachment; filename="`+c.study.ID+`-mirror-`+string(by)+`.csv"`)
	c.Data(http.StatusOK, "text/csv; charset=utf-8", b.Bytes())
	return nil
}
