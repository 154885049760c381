package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/agreement"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// benchVerb measures the program on generated data, in a temporary folder and
// over the loopback address.
type benchVerb struct {
	output
	Cases     int           `default:"10000" help:"Cases in the study."`
	Documents int           `default:"2000" help:"Documents of 4 kB to import."`
	Coders    int           `default:"50" help:"Coders who save at once."`
	Saving    time.Duration `default:"10s" help:"How long they save, once a second each."`
	Ratings   int           `default:"1000000" help:"Ratings for the agreement coefficients."`
	Settled   int           `default:"100000" help:"Settled cases for the indicator table."`
	Load      time.Duration `placeholder:"TIME" help:"Only this: the coders save for so long, such as 10m, beside an import of 10,000 documents and an export and a backup every few seconds."`
}

// A measurement is one line of the benchmark.
type measurement struct {
	Work   string  `json:"work"`
	Figure float64 `json:"figure"`
	Unit   string  `json:"unit"`
	Target string  `json:"target,omitempty"`
}

// bench is a run of the benchmark.
type bench struct {
	benchVerb
	p      process
	dir    string
	store  *store.Store
	coders []auth.Actor
	lead   auth.Actor
	list   []measurement
}

const benchStudy = "bench"

// Run makes the data, measures and prints.
func (v benchVerb) Run(p process) error {
	dir, err := os.MkdirTemp("", "dossierlens-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{benchVerb: v, p: p, dir: dir}
	type step struct {
		what string
		do   func() error
	}
	steps := []step{{"a study", b.study}, {"import", b.imports}, {"pages", b.pages}, {"saving", b.saving},
		{"agreement", b.agreement}, {"indicators", b.indicators}}
	if b.Load > 0 {
		steps = []step{{"a study", b.study}, {"everything at once", b.load}}
	}
	var failed error
	for _, step := range steps {
		fmt.Fprintf(p.stderr, "measuring %s\n", step.what)
		if err := step.do(); err != nil {
			failed = fmt.Errorf("%s: %w", step.what, err)
			break
		}
	}
	if b.store != nil {
		failed = errors.Join(failed, b.store.Close())
	}
	var rows [][]string
	for _, m := range b.list {
		rows = append(rows, []string{m.Work, fmt.Sprintf("%.4g", m.Figure), m.Unit, m.Target})
	}
	return errors.Join(failed, v.print(p.stdout, []string{"work", "figure", "unit", "target"}, rows,
		map[string]any{"cpus": runtime.NumCPU(), "go": runtime.Version(), "measurements": b.list}))
}

func (b *bench) add(work string, figure float64, unit, target string) {
	b.list = append(b.list, measurement{work, figure, unit, target})
}

// took runs f and adds how long it took, in milliseconds.
func (b *bench) took(work, target string, f func() error) error {
	started := time.Now()
	err := f()
	b.add(work, float64(time.Since(started).Microseconds())/1000, "ms", target)
	return err
}

// study makes the people and the cases; the last case has 60 documents.
func (b *bench) study() error {
	var err error
	if b.store, err = store.Open(b.p.ctx, filepath.Join(b.dir, "data"), time.Now); err != nil {
		return err
	}
	source, err := builtin.Source(builtin.IDs()[0])
	if err != nil {
		return err
	}
	if err := b.store.CreateStudy(b.p.ctx, auth.Actor{}, benchStudy, "Benchmark", source); err != nil {
		return err
	}
	hash := auth.HashPassword(server.DemoPassword)
	for i := range b.Coders + 1 {
		role := auth.Coder
		if i == b.Coders {
			role = auth.Lead
		}
		u, err := b.store.CreateUser(b.p.ctx, auth.Actor{}, store.User{Login: fmt.Sprintf("person%d", i), Name: "Person", Password: hash})
		if err != nil {
			return err
		}
		if err := b.store.AddMember(b.p.ctx, auth.Actor{}, benchStudy, u.ID, role); err != nil {
			return err
		}
		who, err := b.store.Actor(b.p.ctx, u.ID)
		if err != nil {
			return err
		}
		if role == auth.Lead {
			b.lead = who
		} else {
			b.coders = append(b.coders, who)
		}
	}
	cases := make([]annotations.IncomingCase, b.Cases)
	for i := range cases {
		cases[i].Case = annotations.Case{ID: annotations.CaseID(fmt.Sprintf("B-%06d", i)), Region: fmt.Sprintf("VT%02d", 1+i%15), Period: "2025-H1", OnSite: true}
	}
	thick, err := thickCase()
	if err != nil {
		return err
	}
	started := time.Now()
	if _, err := b.store.ImportCases(b.p.ctx, b.lead, benchStudy, append(cases, thick), false, nil); err != nil {
		return err
	}
	b.add("cases without text added", float64(b.Cases)/time.Since(started).Seconds(), "cases/s", "")
	var give []store.NewAssignment
	for i, who := range b.coders {
		give = append(give, store.NewAssignment{Case: cases[i].Case.ID, Coder: who.ID})
	}
	give = append(give, store.NewAssignment{Case: thick.Case.ID, Coder: b.coders[0].ID})
	return b.store.Assign(b.p.ctx, b.lead, benchStudy, give)
}

// prose is Dutch-looking text of about n bytes that says nothing.
func prose(n int, random *rand.Rand) string {
	words := strings.Fields("de hulpverlener heeft met beide ouders gesproken over het plan en de afspraken die op dag veertien zijn gemaakt " +
		"waarna school en wijkteam samen keken wat er nog nodig was voor de veiligheid in het gezin")
	var out strings.Builder
	for out.Len() < n {
		for range 60 {
			out.WriteString(words[random.IntN(len(words))])
			out.WriteByte(' ')
		}
		out.WriteString(".\n\n")
	}
	return out.String()[:n]
}

// thickCase is a case of 60 documents and 2 MB.
func thickCase() (annotations.IncomingCase, error) {
	random := rand.New(rand.NewPCG(1, 1))
	in := annotations.IncomingCase{Case: annotations.Case{ID: "THICK", Region: "VT01", Period: "2025-H1"}}
	for i := range 60 {
		cleared, err := new(screening.Screener).Clear(prose(34_000, random), nil)
		if err != nil {
			return in, err
		}
		d := annotations.NewIncoming(cleared)
		day := i * 5
		d.Number, d.Day = i+1, &day
		in.Documents = append(in.Documents, d)
	}
	return in, nil
}

// files writes n documents of 4 kB, five to a case, and returns their folder.
func (b *bench) files(n int) (folder string, err error) {
	random := rand.New(rand.NewPCG(2, 1))
	folder = filepath.Join(b.dir, "files")
	for i := range n {
		sub := filepath.Join(folder, fmt.Sprintf("F-%05d", i/5))
		if err := os.MkdirAll(sub, 0o700); err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(sub, fmt.Sprintf("%d.txt", i%5+1)), []byte(prose(4000, random)), 0o600); err != nil {
			return "", err
		}
	}
	return folder, nil
}

// imports measures documents from files to database, screening included.
func (b *bench) imports() error {
	folder, err := b.files(b.Documents)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := b.take(folder); err != nil {
		return err
	}
	b.add("documents of 4 kB imported with screening", float64(b.Documents)/time.Since(started).Seconds(), "documents/s", "> 1000")
	return nil
}

// take imports a folder.
func (b *bench) take(folder string) error {
	reader := intake.NewReader("", intake.DefaultLimits())
	defer reader.Close()
	book, err := b.store.Codebook(b.p.ctx, benchStudy)
	if err != nil {
		return err
	}
	batch, err := intake.Open(folder, annotations.Known(book), intake.DefaultLimits())
	if err != nil {
		return err
	}
	defer batch.Close()
	verb := importCasesVerb{importing{study: study{Study: benchStudy}, File: folder}}
	_, err = verb.store(b.p, b.store, batch, reader)
	return err
}

// serve starts the program on the loopback address and returns its address.
func (b *bench) serve() (address string, stop func() error, err error) {
	srv, err := server.New(b.store, server.Options{Log: slog.New(slog.DiscardHandler), Now: time.Now, Screener: new(screening.Screener)})
	if err != nil {
		return "", nil, err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	ctx, cancel := context.WithCancel(b.p.ctx)
	done := make(chan error, 1)
	go func() { done <- serveUntilDone(ctx, &http.Server{Handler: srv}, listener) }()
	return "http://" + listener.Addr().String(), func() error { cancel(); return <-done }, nil
}

// login returns a client that is signed in.
func login(address, who string) (*http.Client, error) {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return nil, err
	}
	client := &http.Client{Jar: jar, Transport: &http.Transport{MaxIdleConnsPerHost: 4}}
	res, err := client.PostForm(address+"/login", url.Values{"username": {who}, "password": {server.DemoPassword}})
	if err != nil {
		return nil, err
	}
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("login of %s answered %d", who, res.StatusCode)
	}
	return client, nil
}

func fetch(client *http.Client, address string) (int64, error) {
	res, err := client.Get(address)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	n, err := io.Copy(io.Discard, res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answered %d", address, res.StatusCode)
	}
	return n, err
}

// pages measures the start and what people look at most.
func (b *bench) pages() error {
	if err := b.store.Close(); err != nil {
		return err
	}
	var address string
	var stop func() error
	err := b.took("start to first page", "< 300", func() error {
		var err error
		if b.store, err = store.Open(b.p.ctx, filepath.Join(b.dir, "data"), time.Now); err != nil {
			return err
		}
		if address, stop, err = b.serve(); err != nil {
			return err
		}
		_, err = fetch(http.DefaultClient, address+"/login")
		return err
	})
	if err != nil {
		return err
	}
	lead, err := login(address, b.lead.Login)
	if err != nil {
		return err
	}
	coder, err := login(address, b.coders[0].Login)
	if err != nil {
		return err
	}
	mine, err := b.store.MyAssignments(b.p.ctx, b.coders[0], benchStudy)
	if err != nil {
		return err
	}
	thick := slices.IndexFunc(mine, func(a annotations.Assignment) bool { return a.Case.ID == "THICK" })
	for _, page := range []struct {
		work, path, target string
		client             *http.Client
	}{
		{"list of cases", "/s/bench/cases", "< 200", lead},
		{"progress", "/s/bench/progress", "< 200", lead},
		{"agreement", "/s/bench/agreement", "< 1000", lead},
		{"case of 60 documents, 2 MB", fmt.Sprintf("/code/%d", mine[thick].ID), "< 100", coder},
	} {
		err := b.took(page.work, page.target, func() error {
			_, err := fetch(page.client, address+page.path)
			return err
		})
		if err != nil {
			return err
		}
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	b.add("memory from the system", float64(memory.Sys)/1e6, "MB", "")
	return stop()
}

func put(client *http.Client, path string, body []byte) (int, error) {
	r, err := http.NewRequest(http.MethodPut, path, bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	r.Header.Set("Content-Type", "application/json")
	res, err := client.Do(r)
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, err
}

// agreement measures coefficients with intervals over one large table.
func (b *bench) agreement() error {
	random := rand.New(rand.NewPCG(3, 1))
	scale := agreement.Scale{Labels: []string{"1", "2", "3", "4", "5"}, Values: []float64{1, 2, 3, 4, 5}}
	columns := make([][]int16, 5)
	for i := range columns {
		columns[i] = make([]int16, b.Ratings/5)
	}
	for u := range columns[0] {
		truth := int16(random.IntN(5))
		for _, column := range columns {
			switch r := random.Float64(); {
			case r < 0.1:
				column[u] = agreement.Missing
			case r < 0.8:
				column[u] = truth
			default:
				column[u] = int16(random.IntN(5))
			}
		}
	}
	return b.took(fmt.Sprintf("alpha, kappa and AC1 with intervals, %d ratings", b.Ratings), "< 50 (1,000,000)", func() error {
		r, err := agreement.New(scale, columns)
		if err != nil {
			return err
		}
		agreement.Compute(r, "krippendorff_alpha:nominal", "conger_kappa:unweighted", "gwet_ac:unweighted")
		return nil
	})
}

// indicators measures the table of all measures by 26 regions and 20
// half-years, estimated and protected.
func (b *bench) indicators() error {
	book, err := b.store.Codebook(b.p.ctx, benchStudy)
	if err != nil {
		return err
	}
	random := rand.New(rand.NewPCG(4, 1))
	kinds := []codebook.Status{{Kind: codebook.StatusYes}, {Kind: codebook.StatusYes}, {Kind: codebook.StatusNo}, {Kind: codebook.StatusNo},
		{Kind: codebook.StatusUnknown, Codes: codebook.CodesOf(codebook.NR)}, {Kind: codebook.StatusOutside}}
	cases := make([]exports.SettledCase, b.Settled)
	for i := range cases {
		c := exports.SettledCase{Region: fmt.Sprintf("R%02d", i%26), Period: fmt.Sprintf("%d-H%d", 2016+i/26%20/2, 1+i/26%2), FrameN: b.Settled / 200, Numbers: map[string]float64{}}
		c.Statuses = make([]codebook.Status, len(book.Measures))
		for m := range c.Statuses {
			c.Statuses[m] = kinds[random.IntN(len(kinds))]
			if book.Measures[m].Of != "" {
				c.Numbers[book.Measures[m].ID] = float64(random.IntN(60))
			}
		}
		cases[i] = c
	}
	return b.took(fmt.Sprintf("indicator table from %d settled cases, protected", b.Settled), "< 5000 (100,000)", func() error {
		tally := exports.NewTally(book, nil)
		for _, c := range cases {
			tally.Add(c)
		}
		_, err := disclosure.Steekproef().Apply(b.p.ctx, tally.Table().Table)
		return err
	})
}
