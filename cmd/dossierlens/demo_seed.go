package main

import (
	"context"
	"fmt"
	"io/fs"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// demoPlan is demo/study.yaml.
type demoPlan struct {
	ID         string                       `yaml:"id"`
	Title      string                       `yaml:"title"`
	Codebook   string                       `yaml:"codebook"`
	Seed       uint64                       `yaml:"seed"`
	Breakdowns []string                     `yaml:"breakdowns"`
	Regions    []string                     `yaml:"regions"`
	Periods    []string                     `yaml:"periods"`
	Drawn      map[string][]int             `yaml:"drawn"`
	Frame      map[string][]int             `yaml:"frame"`
	Double     float64                      `yaml:"double"`
	Lists      map[string]map[string]string `yaml:"lists"`
	Attribute  string                       `yaml:"attribute"`
}

// demoPeople are the accounts of the demo; all have the same password.
var demoPeople = []struct {
	login, name string
	role        auth.Role
}{
	{"codeur1", "Anouk Voorbeeld", auth.Coder},
	{"codeur2", "Bas Proefman", auth.Coder},
	{"codeur3", "Chaima Testers", auth.Coder},
	{"codeur4", "Dirk Verzonnen", auth.Coder},
	{"leider", "Els Leidsvrouw", auth.Lead},
	{"data", "Ferdi Bestand", auth.DataManager},
	{"monitor", "Gerda Cijfers", auth.MonitorOfficer},
	{"waarnemer", "Hugo Kijker", auth.Observer},
	{"privacy", "Iris Waakzaam", auth.PrivacyOfficer},
	{"beheer", "Jan Beheer", auth.Administrator},
}

// A writtenCase is the truth about one written case, as its author meant it.
type writtenCase struct {
	Case    string                   `yaml:"case"`
	Answers map[string]writtenAnswer `yaml:"answers"`
}

type writtenAnswer struct {
	Value   any    `yaml:"value"`
	Missing string `yaml:"missing"`
	Note    string `yaml:"note"`
	Quotes  []struct {
		Document int64  `yaml:"doc"`
		Text     string `yaml:"text"`
	} `yaml:"quotes"`
}

// answer returns the answer in the form of the codings file.
func (a writtenAnswer) answer() codebook.Answer {
	if a.Missing != "" {
		return codebook.Answer{Missing: a.Missing}
	}
	if list, ok := a.Value.([]any); ok {
		codes := make([]string, len(list))
		for i, x := range list {
			codes[i] = fmt.Sprint(x)
		}
		return codebook.Answer{Value: strings.Join(codes, "|")}
	}
	return codebook.Answer{Value: fmt.Sprint(a.Value)}
}

// demo is the making of the demo's study.
type demo struct {
	ctx    context.Context
	store  *store.Store
	plan   demoPlan
	book   *codebook.Codebook
	random *rand.Rand
	truths []writtenCase // by case
	lead   auth.Actor
	data   auth.Actor
	coders []auth.Actor
}

// seedDemo fills an empty store with the demo's study, half-way through its
// life. The same program always makes the same study.
func seedDemo(ctx context.Context, st *store.Store, reader *intake.Reader, screener *screening.Screener, folder string) error {
	d := &demo{ctx: ctx, store: st}
	source, err := demoData.ReadFile("demo/study.yaml")
	if err != nil {
		return err
	}
	if err := yaml.Unmarshal(source, &d.plan); err != nil {
		return fmt.Errorf("plan of the demo: %w", err)
	}
	d.random = rand.New(rand.NewPCG(d.plan.Seed, 1))
	if err := d.readTruths(); err != nil {
		return err
	}
	if err := d.people(); err != nil {
		return err
	}
	batch, err := intake.Open(folder, annotations.Known(d.book), intake.DefaultLimits())
	if err != nil {
		return err
	}
	defer batch.Close()
	written, err := annotations.ReadBatch(ctx, batch, reader, screener, nil)
	if err != nil {
		return err
	}
	onSite := d.onSiteCases()
	for i := range written {
		d.weigh(&written[i].Case)
	}
	if _, err := st.ImportCases(ctx, d.data, d.plan.ID, append(written, onSite...), false, nil); err != nil {
		return err
	}
	if err := d.rounds(); err != nil {
		return err
	}
	codings, err := d.writtenCodings(written)
	if err != nil {
		return err
	}
	codings = append(codings, d.onSiteCodings(onSite)...)
	if _, _, err := st.ImportCodings(ctx, d.lead, d.plan.ID, codings, false, nil); err != nil {
		return err
	}
	if err := d.assignSome(written); err != nil {
		return err
	}
	if err := d.settleHalf(); err != nil {
		return err
	}
	return d.train()
}

// assignSome gives two of the cases with text to the first two coders, who
// have not begun them; two more stay with the lead.
func (d *demo) assignSome(cases []annotations.IncomingCase) error {
	var list []store.NewAssignment
	for i, in := range cases {
		if k := i / 6; i%6 == 5 && k < 2 && len(in.Held) == 0 {
			list = append(list, store.NewAssignment{Case: in.Case.ID, Coder: d.coders[k].ID, Round: demoPilot})
		}
	}
	return d.store.Assign(d.ctx, d.lead, d.plan.ID, list)
}

func (d *demo) readTruths() error {
	names, err := fs.Glob(demoData, "demo/cases/*/truth.yaml")
	if err != nil {
		return err
	}
	for _, name := range names {
		b, err := demoData.ReadFile(name)
		if err != nil {
			return err
		}
		var c writtenCase
		if err := yaml.Unmarshal(b, &c); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		d.truths = append(d.truths, c)
	}
	return nil
}

// people makes the accounts, the study and its lists.
func (d *demo) people() error {
	source, err := builtin.Source(d.plan.Codebook)
	if err != nil {
		return err
	}
	if err := d.store.CreateStudy(d.ctx, auth.Actor{}, d.plan.ID, d.plan.Title, source); err != nil {
		return err
	}
	hash := auth.HashPassword(server.DemoPassword)
	for _, p := range demoPeople {
		u, err := d.store.CreateUser(d.ctx, auth.Actor{}, store.User{Login: p.login, Name: p.name, Password: hash, Administrator: p.role == auth.Administrator})
		if err != nil {
			return err
		}
		if p.role != auth.Administrator {
			if err := d.store.AddMember(d.ctx, auth.Actor{}, d.plan.ID, u.ID, p.role); err != nil {
				return err
			}
		}
		who, err := d.store.Actor(d.ctx, u.ID)
		if err != nil {
			return err
		}
		switch p.role {
		case auth.Coder:
			d.coders = append(d.coders, who)
		case auth.Lead:
			d.lead = who
		case auth.DataManager:
			d.data = who
		}
	}
	if d.book, err = d.store.Codebook(d.ctx, d.plan.ID); err != nil {
		return err
	}
	for _, id := range slices.Sorted(maps.Keys(d.plan.Lists)) {
		list, ok := d.book.List(id)
		if !ok {
			return fmt.Errorf("plan of the demo: the codebook has no list %s", id)
		}
		entries := slices.Clone(list.Entries)
		for i, e := range entries {
			if level, ok := d.plan.Lists[id][e.Code]; ok {
				entries[i].Attributes = map[string]string{d.plan.Attribute: level}
			}
		}
		if err := d.store.SetList(d.ctx, d.data, d.plan.ID, id, entries); err != nil {
			return err
		}
	}
	if err := d.store.SetBreakdowns(d.ctx, d.data, d.plan.ID, d.plan.Breakdowns); err != nil {
		return err
	}
	d.book, err = d.store.Codebook(d.ctx, d.plan.ID)
	return err
}

// weigh gives a case the stratum and weight that the plan of the sample has
// for its region and period. The written cases are part of the draw.
func (d *demo) weigh(c *annotations.Case) {
	p := slices.Index(d.plan.Periods, c.Period)
	drawn := d.plan.Drawn[c.Region]
	if p < 0 || p >= len(drawn) {
		return
	}
	c.Stratum = c.Region + " " + c.Period
	c.FrameN = d.plan.Frame[c.Region][p]
	c.Weight = float64(c.FrameN) / float64(drawn[p])
}

// onSiteCases returns the cases that were read at the organisations: as many
// in each stratum as were drawn, less those that are written.
func (d *demo) onSiteCases() []annotations.IncomingCase {
	var cases []annotations.IncomingCase
	for _, region := range d.plan.Regions {
		for p, period := range d.plan.Periods {
			for range d.plan.Drawn[region][p] {
				c := annotations.Case{ID: annotations.CaseID(fmt.Sprintf("C-%04d", len(cases)+1)), Region: region, Period: period, OnSite: true}
				d.weigh(&c)
				cases = append(cases, annotations.IncomingCase{Case: c})
			}
		}
	}
	return cases
}

// demoStart is when the coding of the demo began.
var demoStart = time.Date(2026, 2, 2, 9, 0, 0, 0, time.UTC)

// writtenCodings returns codings of the cases with text: some by one coder,
// some by two, some half-way; the last few are still to be given out.
func (d *demo) writtenCodings(cases []annotations.IncomingCase) ([]store.ImportedCoding, error) {
	var list []store.ImportedCoding
	for i, in := range cases {
		t := slices.IndexFunc(d.truths, func(t writtenCase) bool { return t.Case == string(in.Case.ID) })
		if t < 0 {
			return nil, fmt.Errorf("case %s of the demo has no truth", in.Case.ID)
		}
		coders := []int{i % 4}
		switch {
		case len(in.Held) > 0:
			continue // waits for the data manager
		case i%6 == 5:
			continue // to be begun or given out: see assignSome
		case i%6 == 3:
			coders = []int{i / 6} // half-way
		case i%3 == 1:
			coders = append(coders, (i+1)%4)
		}
		for _, k := range coders {
			coding := d.written(in, d.truths[t], k)
			coding.Round = demoPilot
			coding.SubmittedAt = demoStart.Add(time.Duration(i*7+k) * time.Hour)
			if i%6 == 3 {
				coding.SubmittedAt = time.Time{}
				d.keepBeginning(&coding, 0.3+0.1*float64(k))
			}
			list = append(list, coding)
		}
	}
	return list, nil
}

// written is what coder k makes of a written case: mostly the truth, with its
// quotations as passages.
func (d *demo) written(in annotations.IncomingCase, truth writtenCase, k int) store.ImportedCoding {
	base := codebook.Answers{}
	for id, a := range truth.Answers {
		base[id] = a.answer()
	}
	coding := store.ImportedCoding{Case: in.Case.ID, Coder: d.coders[k].ID}
	coding.Answers, coding.Notes = d.vary(in.Case, base, k)
	for _, id := range slices.Sorted(maps.Keys(truth.Answers)) {
		if coding.Answers[id].Value == "" {
			continue
		}
		for _, q := range truth.Answers[id].Quotes {
			for _, doc := range in.Documents {
				if int64(doc.Number) != q.Document {
					continue
				}
				quote := standing(doc.Text(), q.Text)
				if start, end, err := annotations.Locate(doc.Text(), quote); err == nil {
					coding.Passages = append(coding.Passages, annotations.Passage{Variable: id, Document: q.Document, Start: start, End: end, Quote: quote})
				}
			}
		}
	}
	return coding
}

// standing returns quote as it stands in text, where lines may be broken.
func standing(text, quote string) string {
	words := strings.Fields(quote)
	for i := range words {
		words[i] = regexp.QuoteMeta(words[i])
	}
	if found := regexp.MustCompile(strings.Join(words, `\s+`)).FindString(text); found != "" {
		return found
	}
	return quote
}

// keepBeginning leaves a coding half-way: the first share of its answers.
func (d *demo) keepBeginning(coding *store.ImportedCoding, share float64) {
	kept := 0
	want := int(share * float64(len(coding.Answers)))
	for _, v := range d.book.Variables() {
		if _, ok := coding.Answers[v.ID]; !ok {
			continue
		}
		if kept++; kept > want {
			delete(coding.Answers, v.ID)
			delete(coding.Notes, v.ID)
		}
	}
	coding.Passages = slices.DeleteFunc(coding.Passages, func(p annotations.Passage) bool {
		_, ok := coding.Answers[p.Variable]
		return !ok
	})
}

// onSiteCodings returns codings of the cases read on site: all by one coder, a
// share by a second one as well.
func (d *demo) onSiteCodings(cases []annotations.IncomingCase) []store.ImportedCoding {
	var list []store.ImportedCoding
	for i, in := range cases {
		truth := d.invent(in.Case)
		coders := []int{i % 4}
		if d.random.Float64() < d.plan.Double {
			coders = append(coders, (i+1+i/4%3)%4)
		}
		for _, k := range coders {
			coding := store.ImportedCoding{Case: in.Case.ID, Coder: d.coders[k].ID, Round: demoProduction,
				SubmittedAt: demoStart.Add(time.Duration(2*i+k) * time.Hour)}
			coding.Answers, coding.Notes = d.vary(in.Case, truth, k)
			coding.Passages = d.places(coding.Answers)
			list = append(list, coding)
		}
	}
	return list
}

// places describes where the answers of a coding on site rest.
func (d *demo) places(answers codebook.Answers) []annotations.Passage {
	var list []annotations.Passage
	types := d.book.DocumentTypes
	for _, v := range d.book.Variables() {
		if v.Evidence != codebook.EvidenceRequired || answers[v.ID].Value == "" || v.CopyOf != "" {
			continue
		}
		page, day := 1+d.random.IntN(30), d.random.IntN(300)
		list = append(list, annotations.Passage{Variable: v.ID, DocumentType: types[d.random.IntN(len(types))].Code, Page: &page, Day: &day})
	}
	return list
}

// settleHalf settles the differences of every second double-coded case, as a
// lead would: mostly one of the two answers.
func (d *demo) settleHalf() error {
	var ids []annotations.CaseID
	lines, err := d.store.Cases(d.ctx, d.plan.ID, store.CaseFilter{State: annotations.Comparing, Limit: 10_000})
	if err != nil {
		return err
	}
	for i, l := range lines {
		if i%2 == 0 {
			ids = append(ids, l.Case.ID)
		}
	}
	for _, id := range ids {
		if err := d.store.OpenComparison(d.ctx, d.lead, d.plan.ID, id); err != nil {
			return err
		}
		// Settling a parent can open its children, so a few rounds are needed.
		for range 10 {
			cmp, err := d.store.Comparison(d.ctx, d.lead, d.plan.ID, id)
			if err != nil {
				return err
			}
			if cmp.Settlement.Done() {
				break
			}
			var made []annotations.Decision
			for n, variable := range cmp.Settlement.Open {
				made = append(made, d.judge(cmp, variable, n))
			}
			if _, err := d.store.Decide(d.ctx, d.lead, d.plan.ID, id, made...); err != nil {
				return fmt.Errorf("case %s: %w", id, err)
			}
		}
	}
	return nil
}

// judge decides one difference for one of the coders.
func (d *demo) judge(cmp store.Comparison, variable string, n int) annotations.Decision {
	decision := annotations.Decision{Variable: variable, Cause: annotations.Causes[n%len(annotations.Causes)], Reason: "Nagelezen in het dossier."}
	for range 4 {
		k := cmp.Codings[d.random.IntN(len(cmp.Codings))]
		if a := k.Entries[variable].Answer; a != (codebook.Answer{}) {
			decision.Answer = a
			return decision
		}
	}
	decision.Answer = d.any(d.book.Variable(variable), cmp.Case)
	return decision
}
