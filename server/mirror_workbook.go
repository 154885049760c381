package server

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/xlsx"
)

// mirrorWorkbook writes the mirrors as a workbook: how far each variable was
// filled in, how values are divided and which checks fired, for every group
// beside the whole; or for the one group that is asked for, to hand to it.
func (c *call) mirrorWorkbook() error {
	by := c.mirrorBy()
	m, err := c.mirrors(by)
	if err != nil {
		return err
	}
	groups := m.Groups
	if name := c.Query("name"); name != "" {
		if name == "-" {
			name = ""
		}
		groups = slices.DeleteFunc(slices.Clone(groups), func(g annotations.Mirror) bool { return g.Name != name })
		if len(groups) == 0 {
			return annotations.ErrNotFound
		}
	}
	report, err := c.mirrorReport(by, groups, m.All)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := xlsx.WriteReport(&b, report, c.now()); err != nil {
		return err
	}
	if err := c.record("mirror.export", "", map[string]any{"by": by, "groups": len(groups), "format": "xlsx"}); err != nil {
		return err
	}
	c.attach("mirror-"+string(by), "xlsx")
	c.Data(http.StatusOK, fileTypes["xlsx"], b.Bytes())
	return nil
}

func (c *call) mirrorReport(by annotations.MirrorGroup, groups []annotations.Mirror, all annotations.Mirror) (exports.Report, error) {
	book, err := c.codebook()
	if err != nil {
		return exports.Report{}, err
	}
	text := func(s string) exports.ReportCell { return exports.ReportCell{Text: s} }
	number := func(n int) exports.ReportCell {
		v := float64(n)
		return exports.ReportCell{Text: strconv.Itoa(n), Value: &v}
	}
	share := func(n, of int) exports.ReportCell {
		if of == 0 {
			return exports.ReportCell{}
		}
		v := 100 * float64(n) / float64(of)
		return exports.ReportCell{Text: strconv.FormatFloat(v, 'f', 1, 64), Value: &v, Decimals: 1}
	}
	who, variable, label := c.say("mirror.by."+string(by)), c.say("mirror.variable"), c.say("mirror.label")
	percent := func(key string) string { return c.say(key) + ", %" }
	inAll := func(column string) string { return column + " " + c.say("mirror.in_all") }

	fill := exports.ReportTable{Caption: c.say("mirror.filled_in"), Columns: []string{who, variable, label, c.say("mirror.answered"), percent("mirror.filled"), inAll(percent("mirror.filled"))}}
	for _, code := range mirrorMissing {
		fill.Columns = append(fill.Columns, code+", %", inAll(code+", %"))
	}
	fill.Columns = append(fill.Columns, c.say("mirror.open"))
	values := exports.ReportTable{Caption: c.say("mirror.distribution"), Columns: []string{who, variable, label, c.say("mirror.value"), c.say("mirror.n"), percent("mirror.share"), inAll(percent("mirror.share"))}}
	checks := exports.ReportTable{Caption: c.say("mirror.checks"), Columns: []string{who, c.say("mirror.check"), c.say("mirror.severity"), c.say("mirror.message"), c.say("mirror.n"), percent("mirror.share"), inAll(percent("mirror.share"))}}
	summary := exports.ReportTable{Caption: c.say("mirror.groups"), Columns: []string{who, c.say("mirror.codings")}}
	for _, g := range groups {
		name := g.Name
		if name == "" {
			name = c.say("mirror.no_source")
		}
		summary.Rows = append(summary.Rows, []exports.ReportCell{text(name), number(g.Codings)})
		for i, f := range g.Variables {
			a := all.Variables[i]
			if a.Answered()+a.Open == 0 {
				continue
			}
			id, title := text(f.Variable.ID), text(f.Variable.Label.In(c.lang))
			row := []exports.ReportCell{text(name), id, title, number(f.Answered()), share(f.Filled, f.Answered()), share(a.Filled, a.Answered())}
			for _, code := range mirrorMissing {
				row = append(row, share(f.Missing[code], f.Answered()), share(a.Missing[code], a.Answered()))
			}
			fill.Rows = append(fill.Rows, append(row, number(f.Open)))
			for _, code := range slices.Sorted(maps.Keys(a.Values)) {
				values.Rows = append(values.Rows, []exports.ReportCell{text(name), id, title, text(answerLabel(book, f.Variable, codebook.Answer{Value: code}, c.lang)),
					number(f.Values[code]), share(f.Values[code], f.Filled), share(a.Values[code], a.Filled)})
			}
		}
		for i, k := range g.Checks {
			checks.Rows = append(checks.Rows, []exports.ReportCell{text(name), text(k.Check.ID), text(c.say("mirror.severity." + k.Check.Severity)), text(k.Check.Message.In(c.lang)),
				number(k.N), share(k.N, g.Codings), share(all.Checks[i].N, all.Codings)})
		}
	}
	return exports.Report{Title: c.say("mirror.title") + ": " + c.study.Title, Lang: c.lang,
		Subtitle: c.pages.Catalogue(c.lang).Date(c.now()),
		Sections: []exports.ReportSection{
			{Title: c.say("mirror.groups"), Paragraphs: []string{c.say("mirror.workbook_about", "all", all.Codings)}, Tables: []exports.ReportTable{summary}},
			{Title: fill.Caption, Tables: []exports.ReportTable{fill}},
			{Title: values.Caption, Tables: []exports.ReportTable{values}},
			{Title: checks.Caption, Tables: []exports.ReportTable{checks}},
		}}, nil
}
