package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dossierlens/dossierlens/annotations/agreement"
)

// agreementVerb computes coefficients of a file of ratings, of a JSON of the
// same, or of codings with their codebook.
type agreementVerb struct {
	File      string   `arg:"" help:"CSV of ratings (unit and a column per rater, or unit, rater, value; a column variable may be added), JSON of ratings, or with --codebook a CSV of codings. - is standard input."`
	Level     string   `enum:"nominal,ordinal,interval,ratio," default:"" help:"Level of measurement: nominal, ordinal, interval or ratio. Without it, all that the categories allow."`
	Weights   string   `enum:"unweighted,linear,quadratic,ordinal,radical,ratio,circular,bipolar,custom," default:"" help:"Only these weights: unweighted, linear, quadratic, ordinal, radical, ratio, circular, bipolar or custom."`
	Order     []string `sep:"," help:"The categories in their order, whether they occur or not."`
	Positions bool     `help:"Weigh numbers by their places among the categories, not by their values."`
	By        string   `help:"Column that divides the units into subgroups."`
	Bootstrap int      `default:"0" placeholder:"N" help:"Also draw the units again, N times, for intervals that rest on no formula (BCa and percentile); 1000 is customary."`
	Seed      uint64   `default:"1" help:"Seed of the draws: the same seed gives the same intervals."`
	Codebook  string   `placeholder:"FILE" help:"Codebook of a file of codings, or builtin:ID."`
	output
}

// Validate tells of flags that do not go together.
func (v agreementVerb) Validate() error {
	var errs []error
	if v.Bootstrap < 0 || v.Bootstrap > maxReplicates || v.Bootstrap > 0 && v.Bootstrap < minReplicates {
		errs = append(errs, fmt.Errorf("--bootstrap %d: between %d and %d draws, or none", v.Bootstrap, minReplicates, maxReplicates))
	}
	if v.Codebook == "" {
		return errors.Join(errs...)
	}
	for _, flag := range []struct {
		name  string
		given bool
	}{{"--level", v.Level != ""}, {"--order", len(v.Order) > 0}, {"--positions", v.Positions}, {"--by", v.By != ""}} {
		if flag.given {
			errs = append(errs, fmt.Errorf("%s says what the codebook says: leave it out with --codebook", flag.name))
		}
	}
	return errors.Join(errs...)
}

// Fewer draws say nothing about the ends of an interval of 95 %; more only take
// time.
const minReplicates, maxReplicates = 100, 100_000

func (v agreementVerb) Run(p process) error {
	analyses, err := v.read(p)
	if err != nil {
		if errors.Is(err, errReported) {
			return err
		}
		for _, problem := range problemsOf(err) {
			fmt.Fprintf(p.stderr, "%s: %v\n", v.File, problem)
		}
		return errReported
	}
	for i := range analyses {
		analyses[i].compute()
		if v.Bootstrap > 0 && analyses[i].ratings != nil {
			analyses[i].drawn = agreement.Bootstrap(analyses[i].ratings, v.Bootstrap, v.Seed, analyses[i].measures...)
		}
	}
	return v.printAnalyses(p.stdout, analyses)
}

// read makes an analysis of each table of the file.
func (v agreementVerb) read(p process) ([]analysis, error) {
	in := p.stdin
	if v.File != "-" {
		f, err := os.Open(v.File)
		if err != nil {
			return nil, errors.Unwrap(err)
		}
		defer f.Close()
		in = f
	}
	buffered := bufio.NewReader(in)
	switch {
	case v.Codebook != "":
		books, err := openCodebooks(p, v.Codebook)
		if err != nil {
			return nil, err
		}
		return readCodings(buffered, books[0], v.Weights)
	case startsJSON(buffered):
		return v.readStudy(buffered)
	}
	return v.readRatings(buffered)
}

// startsJSON reports whether the file begins with a brace.
func startsJSON(r *bufio.Reader) bool {
	head, _ := r.Peek(512)
	return bytes.HasPrefix(bytes.TrimSpace(bytes.TrimPrefix(head, []byte("\ufeff"))), []byte("{"))
}

func (v agreementVerb) readRatings(in io.Reader) ([]analysis, error) {
	tables, err := agreement.Reading{Order: v.Order, Positions: v.Positions, By: v.By}.ReadCSV(in)
	if err != nil {
		return nil, err
	}
	analyses := make([]analysis, len(tables))
	for i, t := range tables {
		a := v.coding(t.Ratings, len(t.Raters))
		a.variable, a.group = t.Variable, t.Group
		if a.variable == "" {
			a.variable = v.fileName()
		}
		a.commas = t.CommasAsText
		analyses[i] = a
	}
	return analyses, nil
}

// fileName names the variable of a file that does not.
func (v agreementVerb) fileName() string {
	return strings.TrimSuffix(filepath.Base(v.File), filepath.Ext(v.File))
}

// coding plans the analysis of values. Without --level it is as high as the
// categories allow: numbers have distances, whether they have a zero is not
// known, and text has an order when one was given.
func (v agreementVerb) coding(r *agreement.Ratings, raters int) analysis {
	scale := r.Scale()
	level, measured := agreement.Level(v.Level), agreement.Level(v.Level)
	if level == "" {
		switch {
		case scale.Unordered:
			// Weights are listed as undefined, for want of an order.
			level, measured = agreement.NominalLevel, agreement.RatioLevel
		case scale.Values == nil:
			level, measured = agreement.OrdinalLevel, agreement.RatioLevel
		default:
			level, measured = agreement.IntervalLevel, agreement.RatioLevel
		}
	}
	a := analysis{level: string(level), ratings: r, measures: narrow(agreement.Measures(scale, measured), v.Weights)}
	a.setHeadline(level, v.Weights, raters)
	return a
}

// narrow keeps of the weighted coefficients those with the given weights.
func narrow(measures []agreement.Measure, weights string) []agreement.Measure {
	if weights == "" {
		return measures
	}
	return slices.DeleteFunc(measures, func(m agreement.Measure) bool {
		c, w := m.Split()
		return w != weights && c.IsWeighted()
	})
}

// An analysis is what one row of the table is made of.
type analysis struct {
	variable, group, level string
	commas                 bool // values would be numbers with decimal commas

	ratings   *agreement.Ratings
	continuum *agreement.Continuum // instead of ratings
	measures  []agreement.Measure
	headline  headline
	results   []agreement.Result
	drawn     []agreement.Bootstrapped // one a measure, when asked for
	units     int64
}

// A headline names the measures that the table shows; empty for none.
type headline struct{ percent, ac, alpha, kappa agreement.Measure }

func (a *analysis) setHeadline(level agreement.Level, weights string, raters int) {
	if weights == "" {
		weights = agreement.Unweighted
	}
	kappa := agreement.CongerKappa
	if raters == 2 {
		kappa = agreement.CohenKappa
	}
	a.headline = headline{
		percent: agreement.PercentAgreement.Of(weights),
		ac:      agreement.GwetAC.Of(weights),
		alpha:   agreement.KrippendorffAlpha.Of(string(level)),
		kappa:   kappa.Of(weights),
	}
}

func (a *analysis) compute() {
	if a.continuum != nil {
		a.results = a.continuum.Compute(a.measures...)
	} else {
		a.results = agreement.Compute(a.ratings, a.measures...)
		a.units = a.ratings.Counts().Units
	}
}

func (a *analysis) result(m agreement.Measure) (agreement.Result, bool) {
	i := slices.IndexFunc(a.results, func(r agreement.Result) bool { return r.Measure == m })
	if m == "" || i < 0 {
		return agreement.Result{}, false
	}
	return a.results[i], true
}

// name is the variable and its subgroup.
func (a *analysis) name() string {
	return strings.TrimSpace(a.variable + " " + a.group)
}
