package server

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// releasePage is a release as a document: the steps from scope to files.
type releasePage struct {
	web.Frame
	Path       string
	ID         string
	State      releaseState
	Release    store.Release
	Terms      exports.Terms
	Periods    []stagedPeriod
	Breakdowns []string
	ScaledBy   string // label of the variable, empty for none
	Gate       gateView
	Verdicts   []verdictLine
	Preview    *hiddenPreview // for those who decide
	MayApprove bool
	Own        bool // made by the reader
	Files      []releaseFileLine
	OnRequest  []web.Link    // further forms; without an address while they may not be handed out
	Others     []releaseLine // to compare with
	Verified   bool
	Found      []exports.Problem
	More       int // problems that are not listed
}

type releaseFileLine struct {
	store.ReleaseFile
	Href  string // empty while it may not be handed out
	Known bool   // there are words for what it is
}

// explainedFiles are the public files that a release keeps, which the page
// explains in words. One that an older release has beside them goes by its
// name.
var explainedFiles = []string{exports.ObservationsFile, exports.ObservationsJSON, exports.ManifestFile, exports.PackageFile, "workbook.xlsx", "workbook-en.xlsx",
	"annex-nl.html", "annex-nl.docx", "annex-en.html", "annex-en.docx"}

// A hiddenPreview shows headline figures by region, and in place of a hidden
// one why it is hidden.
type hiddenPreview struct {
	Periods  []web.Link
	Regions  []string
	Rows     []previewRow
	Reasons  []reasonCount // in all cells of the release
	Shown    int
	Warnings []web.Message
	List     string // address of the whole list
}

type previewRow struct {
	Label string
	Cells []previewCell
}

type previewCell struct {
	Figure shownFigure
	Reason disclosure.Reason
}

type reasonCount struct {
	Reason disclosure.Reason
	N      int
}

// visibleRelease returns the release of the address, if the actor may know of
// it, and the newest approved one.
func (c *call) visibleRelease(id string) (store.Release, string, error) {
	list, head, err := c.visibleReleases()
	if err != nil {
		return store.Release{}, "", err
	}
	i := slices.IndexFunc(list, func(r store.Release) bool { return r.ID == id })
	if i < 0 {
		return store.Release{}, "", annotations.ErrNotFound
	}
	return list[i], head, nil
}

func (c *call) release() error { return c.releaseAgain(http.StatusOK, releasePage{}, nil) }

func (c *call) releaseAgain(status int, p releasePage, problems []web.Problem) error {
	r, head, err := c.visibleRelease(c.Param("release"))
	if err != nil {
		return err
	}
	if p.Terms, err = termsOf(r); err != nil {
		return err
	}
	book, err := c.releaseBook(r.ID)
	if err != nil {
		return err
	}
	p.Frame = c.frame(web.Link{Href: c.studyPath("releases"), Label: web.Say("releases.title")}, web.Link{Label: web.Text(r.ID)})
	p.Problems = problems
	p.Path, p.ID, p.Release, p.State = c.studyPath("releases", r.ID), r.ID, r, c.releaseState(r, head)
	p.Periods, p.Gate, p.Verdicts = stagedPeriods(p.Terms.Periods, c.lang), newGateView(p.Terms.Gate), verdictLines(book, p.Terms.Verdicts, c.lang)
	p.Own, p.MayApprove = r.CreatedBy == c.actor.ID, c.may(auth.ApproveRelease)
	for _, id := range p.Terms.Breakdowns {
		if v := book.Variable(id); v != nil {
			p.Breakdowns = append(p.Breakdowns, v.Label.In(c.lang))
		}
	}
	if v := book.Variable(p.Terms.Design.Variable); v != nil {
		p.ScaledBy = v.Label.In(c.lang)
	}
	files, err := c.store.ReleaseFiles(c.ctx(), r.ID)
	if err != nil {
		return err
	}
	for _, f := range files {
		line := releaseFileLine{ReleaseFile: f, Known: slices.Contains(explainedFiles, f.Name)}
		if c.handsOut(r, f.Name, f.Inside) {
			line.Href = p.Path + "/files/" + f.Name
		}
		if !f.Inside || c.decides() {
			p.Files = append(p.Files, line)
		}
	}
	for _, x := range exports.OnRequest {
		link := web.Link{Label: web.Text(x.Name)}
		if c.handsOut(r, x.Name, false) {
			link.Href = p.Path + "/files/" + x.Name
		}
		p.OnRequest = append(p.OnRequest, link)
	}
	if c.decides() {
		if p.Preview, err = c.preview(r.ID, book); err != nil {
			return err
		}
	}
	if p.Others, err = c.otherReleases(r, head); err != nil {
		return err
	}
	return c.pageStatus(status, "release", p)
}

// handsOut reports whether the actor gets a file of r. What is hidden and why
// goes to those who decide, and nothing else from inside to anybody.
func (c *call) handsOut(r store.Release, name string, inside bool) bool {
	if inside {
		return name == exports.HiddenFile && c.takes(auth.SeeDraft, r)
	}
	return c.takes(auth.TakeFiles, r)
}

// otherReleases are those whose figures the actor may lay beside r's.
func (c *call) otherReleases(r store.Release, head string) ([]releaseLine, error) {
	if !c.seesFigures(r) {
		return nil, nil
	}
	list, _, err := c.visibleReleases()
	if err != nil {
		return nil, err
	}
	var others []releaseLine
	for _, o := range list {
		if o.ID == r.ID || !c.seesFigures(o) {
			continue
		}
		terms, err := termsOf(o)
		if err != nil {
			return nil, err
		}
		others = append(others, releaseLine{o.ID, c.studyPath("releases", r.ID, "compare") + "?with=" + o.ID, stagedPeriods(terms.Periods, c.lang), terms.Profile.Name, c.releaseState(o, head), o})
	}
	return others, nil
}

// seesFigures reports whether the actor may see the figures of r.
func (c *call) seesFigures(r store.Release) bool {
	return c.takes(auth.TakeFiles, r) || c.takes(auth.SeeDraft, r)
}

// releaseBook returns the codebook that a release was made on.
func (c *call) releaseBook(id string) (*codebook.Codebook, error) {
	return codebookOf(c.ctx(), c.store, id)
}

func codebookOf(ctx context.Context, s *store.Store, release string) (*codebook.Codebook, error) {
	f, err := s.ReleaseFile(ctx, release, exports.CodebookFile)
	if err != nil {
		return nil, err
	}
	book, err := codebook.Parse(f.Content, exports.CodebookFile)
	if err != nil {
		return nil, fmt.Errorf("codebook of release %s: %w", release, err)
	}
	return book, nil
}

// warning says what those who decide should know of a figure.
func warning(w disclosure.Warning) web.Message {
	return web.Say("release.warning."+string(w.Kind), "figure", w.Key.String(), "n", fmt.Sprint(w.Threshold))
}

// preview lays the headline figures of a period beside what is hidden.
func (c *call) preview(id string, book *codebook.Codebook) (*hiddenPreview, error) {
	var report exports.HiddenReport
	var rows []exports.Observation
	for name, into := range map[string]any{exports.HiddenFile: &report, exports.ObservationsJSON: &rows} {
		f, err := c.store.ReleaseFile(c.ctx(), id, name)
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(f.Content, into); err != nil {
			return nil, fmt.Errorf("%s of release %s: %w", name, id, err)
		}
	}
	p := &hiddenPreview{List: c.studyPath("releases", id, "files", exports.HiddenFile)}
	for _, w := range report.Warnings {
		p.Warnings = append(p.Warnings, warning(w))
	}
	reasons := map[disclosure.Key]disclosure.Reason{}
	counts := map[disclosure.Reason]int{}
	for _, h := range report.Hidden {
		reasons[h.Key] = h.Reason
		counts[h.Reason]++
	}
	for _, r := range []disclosure.Reason{disclosure.PrimaryCount, disclosure.PrimaryComplement, disclosure.Group, disclosure.Dominance, disclosure.Secondary, disclosure.Reliability, disclosure.LeadDecision} {
		if counts[r] > 0 {
			p.Reasons = append(p.Reasons, reasonCount{r, counts[r]})
		}
	}
	own := map[disclosure.Key]exports.Observation{} // of each cell, the row of the measure's own policy
	var periods []string
	for _, o := range rows {
		if m := book.Measure(o.Indicator); m == nil || o.Variant != string(m.Policy) || o.Statistic == exports.StatisticChange {
			continue
		}
		if o.Value != nil {
			p.Shown++
		}
		if o.Breakdown != disclosure.Total {
			continue
		}
		own[disclosure.Key{Measure: o.Indicator, Period: o.Period, Region: o.Region, Breakdown: o.Breakdown, Class: o.Class}] = o
		if !slices.Contains(periods, o.Period) {
			periods = append(periods, o.Period)
		}
		if !slices.Contains(p.Regions, o.Region) {
			p.Regions = append(p.Regions, o.Region)
		}
	}
	if len(periods) == 0 {
		return p, nil
	}
	chosen := periods[len(periods)-1]
	if slices.Contains(periods, c.Query("period")) {
		chosen = c.Query("period")
	}
	for _, period := range periods {
		p.Periods = append(p.Periods, web.Link{Href: c.studyPath("releases", id) + "?period=" + period + "#preview", Label: web.Text(exports.PeriodOf(period).Label.In(c.lang)), Current: period == chosen})
	}
	for _, ind := range book.Indicators {
		m := headlineOf(book, ind)
		if m == nil || book.Undefined(m) != "" {
			continue
		}
		row := previewRow{Label: ind.Label.In(c.lang)}
		for _, region := range p.Regions {
			key := disclosure.Key{Measure: m.ID, Period: chosen, Region: region, Breakdown: disclosure.Total, Class: disclosure.Total}
			row.Cells = append(row.Cells, previewCell{c.show(m, own[key], row.Label), reasons[key]})
		}
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

// approveRelease is the second person's word.
func (c *call) approveRelease() error {
	id := c.Param("release")
	if _, _, err := c.visibleRelease(id); err != nil {
		return err
	}
	problems, err := c.problems(c.store.ApproveRelease(c.ctx(), c.actor, c.study.ID, id))
	if err != nil {
		return err
	}
	if problems != nil {
		return c.releaseAgain(http.StatusUnprocessableEntity, releasePage{}, problems)
	}
	return c.redirect(c.studyPath("releases", id), web.Say("release.approved"))
}

// maxListed is how many differences a page lists; a file has them all.
const maxListed = 200

// verifyRelease computes everything again and shows what differs.
func (c *call) verifyRelease() error {
	id := c.Param("release")
	if _, _, err := c.visibleRelease(id); err != nil {
		return err
	}
	found, err := VerifyRelease(c.ctx(), c.store, c.study.ID, id)
	if err != nil {
		return err
	}
	if err := c.record("release.verify", "release "+id, map[string]any{"problems": len(found)}); err != nil {
		return err
	}
	p := releasePage{Verified: true, Found: found}
	if len(found) > maxListed {
		p.Found, p.More = found[:maxListed], len(found)-maxListed
	}
	return c.releaseAgain(http.StatusOK, p, nil)
}

// releaseFile hands a file of a release out, to a browser or to a program.
func (c *call) releaseFile() error {
	r, _, err := c.visibleRelease(c.Param("release"))
	if err != nil {
		return err
	}
	f, err := c.store.ReleaseFile(c.ctx(), r.ID, c.Param("file"))
	if errors.Is(err, annotations.ErrNotFound) && c.handsOut(r, c.Param("file"), false) {
		f, err = RenderRelease(c.ctx(), c.store, r.ID, c.Param("file"))
	}
	if err != nil {
		return err
	}
	if !c.handsOut(r, f.Name, f.Inside) {
		return annotations.ErrNotFound
	}
	if c.unchanged(f.SHA256) {
		return nil
	}
	if err := c.record("release.download", "release "+r.ID+" "+f.Name, map[string]any{"sha256": f.SHA256}); err != nil {
		return err
	}
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s-%s"`, c.study.ID, r.ID, f.Name))
	c.Data(http.StatusOK, fileTypes[strings.TrimPrefix(path.Ext(f.Name), ".")], f.Content)
	return nil
}

// unchanged sets the tag of what is about to be answered, and answers 304 in
// its place if the caller has it already.
func (c *call) unchanged(hash string) bool {
	tag := `"` + hash + `"`
	c.Header("ETag", tag)
	c.Header("Cache-Control", "private, no-cache")
	for _, have := range strings.Split(c.GetHeader("If-None-Match"), ",") {
		if have = strings.TrimPrefix(strings.TrimSpace(have), "W/"); have == tag || have == "*" {
			c.Status(http.StatusNotModified)
			return true
		}
	}
	return false
}

type comparisonOfReleasesPage struct {
	web.Frame
	Older, Newer releaseLine
	OnlyOlder    []string // periods
	OnlyNewer    []string
	Breaks       []exports.Break
	Broken       []brokenLine
	Rows         []changedFigure
	Differ       int // figures under the policy of their measure
	Gone, Come   int // of these, shown in one of the two alone
	More         int
	CSV          string
}

// A brokenLine is a measure whose figures mean something else since.
type brokenLine struct{ Label, Path string }

type changedFigure struct {
	exports.Difference
	Label, PeriodLabel, ClassLabel string
	Change                         bool // since the preceding period
	Break                          bool
}

// compareReleases lists the figures in which two releases differ, the older
// one first.
func (c *call) compareReleases() error {
	newer, head, err := c.visibleRelease(c.Param("release"))
	if err != nil {
		return err
	}
	older, _, err := c.visibleRelease(c.Query("with"))
	if err != nil {
		return err
	}
	if !c.seesFigures(newer) || !c.seesFigures(older) {
		return annotations.ErrNotFound
	}
	if newer.CreatedAt.Before(older.CreatedAt.Time) {
		newer, older = older, newer
	}
	var tables [2][]byte
	var lines [2]releaseLine
	var terms [2]exports.Terms
	var books [2]*codebook.Codebook
	for i, r := range []store.Release{older, newer} {
		f, err := c.store.ReleaseFile(c.ctx(), r.ID, exports.ObservationsFile)
		if err != nil {
			return err
		}
		tables[i] = f.Content
		if terms[i], err = termsOf(r); err != nil {
			return err
		}
		if books[i], err = c.releaseBook(r.ID); err != nil {
			return err
		}
		lines[i] = releaseLine{r.ID, c.studyPath("releases", r.ID), stagedPeriods(terms[i].Periods, c.lang), terms[i].Profile.Name, c.releaseState(r, head), r}
	}
	differences, err := exports.Compare(tables[0], tables[1])
	if err != nil {
		return err
	}
	if c.Query("format") == "csv" {
		return c.comparisonCSV(older.ID, newer.ID, differences)
	}
	p := comparisonOfReleasesPage{Older: lines[0], Newer: lines[1], Breaks: exports.Breaks(terms[0], terms[1]), CSV: c.withQuery("format", "csv")}
	p.Frame = c.frame(web.Link{Href: c.studyPath("releases"), Label: web.Say("releases.title")}, web.Link{Href: lines[1].Href, Label: web.Text(newer.ID)}, here("release.compare"))
	broken := exports.BrokenMeasures(books[0], books[1])
	for _, m := range books[1].Measures {
		if change, ok := broken[m.ID]; ok {
			p.Broken = append(p.Broken, brokenLine{m.Label.In(c.lang), change.Path})
		}
	}
	p.OnlyOlder, p.OnlyNewer = c.periodsOnlyIn(terms[0], terms[1]), c.periodsOnlyIn(terms[1], terms[0])
	for _, d := range differences {
		// The vintage always differs, what else does follows from the value, and
		// of a period that is in one of the two alone nothing can be compared.
		m := books[1].Measure(d.Measure)
		if d.Column != "value" || m != nil && m.Kind == codebook.Share && d.Variant != string(m.Policy) {
			continue
		}
		p.Differ++
		if d.Old == "" {
			p.Come++
		}
		if d.New == "" {
			p.Gone++
		}
		if len(p.Rows) == maxListed {
			p.More++
			continue
		}
		row := changedFigure{Difference: d, Label: d.Measure, PeriodLabel: exports.PeriodOf(d.Period).Label.In(c.lang), Change: d.Statistic == exports.StatisticChange}
		if m != nil {
			row.Label = m.Label.In(c.lang)
		}
		if v := books[1].Variable(d.Breakdown); v != nil {
			row.ClassLabel = d.Class
			for _, option := range books[1].Options(v, "") {
				if option.Code == d.Class {
					row.ClassLabel = option.Label.In(c.lang)
				}
			}
			row.ClassLabel = v.Label.In(c.lang) + ": " + row.ClassLabel
		}
		_, row.Break = broken[d.Measure]
		p.Rows = append(p.Rows, row)
	}
	return c.page("release_compare", p)
}

// periodsOnlyIn returns the periods of one release that the other lacks.
func (c *call) periodsOnlyIn(one, other exports.Terms) []string {
	var list []string
	for _, p := range one.Periods {
		if !slices.ContainsFunc(other.Periods, func(o exports.ReleasedPeriod) bool { return o.Period == p.Period }) {
			list = append(list, exports.PeriodOf(p.Period).Label.In(c.lang))
		}
	}
	return list
}

func (c *call) comparisonCSV(older, newer string, differences []exports.Difference) error {
	var b bytes.Buffer
	w := csv.NewWriter(&b)
	rows := [][]string{{"indicator_id", "measure_id", "variant", "period", "region_id", "breakdown_id", "class_id", "column", older, newer}}
	for _, d := range differences {
		rows = append(rows, []string{d.Measure, d.Statistic, d.Variant, d.Period, d.Region, d.Breakdown, d.Class, d.Column, d.Old, d.New})
	}
	if err := w.WriteAll(rows); err != nil {
		return err
	}
	if err := c.record("release.compare", "release "+newer, map[string]any{"with": older}); err != nil {
		return err
	}
	c.Header("Content-Disposition", fmt.Sprintf(`attachment; filename="%s-%s-%s.csv"`, c.study.ID, older, newer))
	c.Data(http.StatusOK, fileTypes["csv"], b.Bytes())
	return nil
}
