package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// releaseVerb makes and reads releases without a browser. Two people are
// needed here too: one creates, another approves.
type releaseVerb struct {
	Create  releaseCreateVerb  `cmd:"" help:"Freeze the figures of settled cases as a draft."`
	Approve releaseApproveVerb `cmd:"" help:"Approve a draft that somebody else created."`
	List    releaseListVerb    `cmd:"" help:"List the releases of a study."`
	Show    releaseShowVerb    `cmd:"" help:"Show a release: scope, gate and files."`
	Verify  releaseVerifyVerb  `cmd:"" help:"Compute every figure of a release again and compare."`
	Export  releaseExportVerb  `cmd:"" help:"Write a file of an approved release."`
}

// An account is the person in whose name a verb acts.
type account struct {
	As string `required:"" placeholder:"LOGIN" help:"Account in whose name this is done."`
}

func (a account) actor(p process, s *store.Store) (auth.Actor, error) {
	u, err := s.UserByLogin(p.ctx, a.As)
	if err != nil {
		return auth.Actor{}, fmt.Errorf("account %s: %w; \"dossierlens user list\" lists those there are", a.As, err)
	}
	who, err := s.Actor(p.ctx, u.ID)
	if errors.Is(err, annotations.ErrNotFound) {
		return who, fmt.Errorf("account %s is disabled", a.As)
	}
	return who, err
}

type releaseCreateVerb struct {
	study
	account
	Period   []string          `required:"" sep:"none" placeholder:"2025-H1" help:"Period to release; give it again for more."`
	Profile  string            `enum:"steekproef,register" default:"steekproef" help:"Rules of disclosure control: steekproef or register."`
	Stage    string            `enum:"P,A" default:"P" help:"How final the figures are: P provisional or A final."`
	Symbols  string            `enum:"current,older" default:"current" help:"Signs in the workbooks: current, a dot for whatever is not shown, or older, an x."`
	Embargo  time.Time         `format:"2006-01-02T15:04:05Z07:00" placeholder:"2026-03-01T06:30:00Z" help:"Moment before which no file is handed out."`
	Contact  string            `placeholder:"cijfers@onderzoek.example" help:"Whom readers can ask; it stands in workbook and annex."`
	Override map[string]string `placeholder:"INDICATOR=REASON" help:"Publish an indicator that the gate blocks, as provisional."`
}

func (v releaseCreateVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	who, err := v.actor(p, s)
	if err != nil {
		return err
	}
	req := server.ReleaseRequest{Study: v.Study, Stages: map[string]string{}, Profile: v.Profile, Embargo: v.Embargo.UTC(), Overrides: v.Override, Contact: v.Contact, Tool: version}
	if v.Symbols != "current" {
		req.Symbols = exports.Symbols(v.Symbols)
	}
	for _, period := range v.Period {
		req.Stages[period] = v.Stage
	}
	done := p.busy("computing and protecting figures")
	id, undivided, err := server.CreateRelease(p.ctx, s, who, req)
	done()
	if err != nil {
		return p.reportInWords(err)
	}
	if undivided {
		fmt.Fprintln(p.stderr, "made without figures by class: their counts are so small that they cannot be protected")
	}
	_, err = fmt.Fprintln(p.stdout, id)
	return err
}

// reportInWords tells everything that is wrong with a request, a line each.
func (p process) reportInWords(err error) error {
	if errors.Is(err, annotations.ErrDenied) {
		return errors.New("the account may not do this in this study; \"dossierlens study member\" gives roles")
	}
	for _, problem := range flatten(err) {
		fmt.Fprintln(p.stderr, inWords(problem))
	}
	return errReported
}

// aRelease is the flags and argument of verbs about one release.
type aRelease struct {
	study
	ID string `arg:"" help:"Release to work on."`
}

// find opens the workspace and finds the release in it.
func (v aRelease) find(p process) (*store.Store, store.Release, error) {
	s, err := v.open(p)
	if err != nil {
		return nil, store.Release{}, err
	}
	r, err := s.Release(p.ctx, v.Study, v.ID)
	if err != nil {
		s.Close()
		return nil, r, fmt.Errorf("release %s: %w; \"dossierlens release list\" lists those there are", v.ID, err)
	}
	return s, r, nil
}

type releaseApproveVerb struct {
	aRelease
	account
}

func (v releaseApproveVerb) Run(p process) error {
	s, r, err := v.find(p)
	if err != nil {
		return err
	}
	defer s.Close()
	who, err := v.actor(p, s)
	if err != nil {
		return err
	}
	if err := s.ApproveRelease(p.ctx, who, v.Study, r.ID); err != nil {
		return p.reportInWords(err)
	}
	_, err = fmt.Fprintf(p.stdout, "release %s is approved\n", r.ID)
	return err
}

// A listedRelease is a release as JSON.
type listedRelease struct {
	ID         string         `json:"id"`
	State      string         `json:"state"`
	Terms      exports.Terms  `json:"terms"`
	CreatedAt  string         `json:"created_at"`
	CreatedBy  string         `json:"created_by"`
	ApprovedAt string         `json:"approved_at"`
	ApprovedBy string         `json:"approved_by"`
	Embargo    string         `json:"embargo"`
	Files      []releasedFile `json:"files,omitempty"`
}

type releasedFile struct {
	Name   string `json:"name"`
	Inside bool   `json:"inside"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

func describeRelease(r store.Release) (listedRelease, error) {
	l := listedRelease{ID: r.ID, State: "draft", CreatedAt: moment(r.CreatedAt.Time), CreatedBy: r.Creator, ApprovedAt: moment(r.ApprovedAt.Time),
		ApprovedBy: r.Approver, Embargo: moment(r.Embargo.Time)}
	switch {
	case r.Public(time.Now()):
		l.State = "released"
	case r.Approved():
		l.State = "embargo"
	}
	if err := json.Unmarshal(r.Terms, &l.Terms); err != nil {
		return l, fmt.Errorf("terms of release %s: %w", r.ID, err)
	}
	return l, nil
}

func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func (l listedRelease) periods() string {
	var list []string
	for _, p := range l.Terms.Periods {
		list = append(list, fmt.Sprintf("%s %s v%d", p.Period, p.Stage, p.Vintage))
	}
	return strings.Join(list, ", ")
}

type releaseListVerb struct {
	study
	output
}

func (v releaseListVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	releases, err := s.Releases(p.ctx, v.Study)
	if err != nil {
		return err
	}
	list, rows := []listedRelease{}, [][]string{}
	for _, r := range releases {
		l, err := describeRelease(r)
		if err != nil {
			return err
		}
		list = append(list, l)
		rows = append(rows, []string{l.ID, l.State, l.periods(), l.Terms.Profile.Name, l.CreatedBy, l.ApprovedBy, l.Terms.Previous})
	}
	return v.print(p.stdout, []string{"id", "state", "periods", "profile", "created_by", "approved_by", "previous"}, rows, list)
}

type releaseShowVerb struct {
	aRelease
	output
}

func (v releaseShowVerb) Run(p process) error {
	s, r, err := v.find(p)
	if err != nil {
		return err
	}
	defer s.Close()
	l, err := describeRelease(r)
	if err != nil {
		return err
	}
	files, err := s.ReleaseFiles(p.ctx, r.ID)
	if err != nil {
		return err
	}
	rows := [][]string{
		{"release", l.ID}, {"state", l.State}, {"periods", l.periods()}, {"profile", l.Terms.Profile.Name},
		{"codebook", l.Terms.Codebook.ID + " " + l.Terms.Codebook.Version + " " + l.Terms.Codebook.Hash},
		{"previous", l.Terms.Previous}, {"embargo", l.Embargo},
		{"created", strings.TrimSpace(l.CreatedAt + " " + l.CreatedBy)}, {"approved", strings.TrimSpace(l.ApprovedAt + " " + l.ApprovedBy)},
	}
	for _, k := range l.Terms.Verdicts {
		rows = append(rows, []string{"gate " + k.Indicator, strings.TrimSpace(fmt.Sprintf("%s %s %s %s", k.State, k.Variable, k.Reason, k.Override))})
	}
	for _, f := range files {
		l.Files = append(l.Files, releasedFile{f.Name, f.Inside, f.Size, f.SHA256})
		rows = append(rows, []string{f.Name, f.SHA256 + " " + strconv.FormatInt(f.Size, 10)})
	}
	return v.print(p.stdout, []string{"what", "value"}, rows, l)
}

type releaseVerifyVerb struct {
	aRelease
	output
}

// Run ends with status 1 if anything differs, and names it on stderr.
func (v releaseVerifyVerb) Run(p process) error {
	s, r, err := v.find(p)
	if err != nil {
		return err
	}
	defer s.Close()
	done := p.busy("computing every figure again")
	found, err := server.VerifyRelease(p.ctx, s, v.Study, r.ID)
	done()
	if err != nil {
		return err
	}
	rows := [][]string{}
	for _, problem := range found {
		fmt.Fprintln(p.stderr, problem.Error())
		rows = append(rows, []string{string(problem.Kind), problem.File, problem.Cell, problem.Column, problem.Stored, problem.Computed})
	}
	if v.Format == "table" && len(found) == 0 {
		_, err = fmt.Fprintf(p.stdout, "release %s: every figure and file is the same when computed again\n", r.ID)
	} else {
		err = v.print(p.stdout, []string{"kind", "file", "cell", "column", "stored", "computed"}, rows, found)
	}
	if err == nil && len(found) > 0 {
		return errReported
	}
	return err
}

// exported names the file of a release that has the form of OUT.
var exported = map[string]string{".csv": exports.ObservationsFile, ".json": exports.ObservationsJSON, ".zip": exports.PackageFile, ".xlsx": "workbook.xlsx",
	".html": "annex-nl.html", ".docx": "annex-nl.docx"}

type releaseExportVerb struct {
	aRelease
	As  string `enum:",package,csv,json,workbook,workbook-en,manifest,csv-nl,sdmx,odata,csvw,annex-nl,annex-en,annex-docx-nl,annex-docx-en" default:"" help:"What to write: package, csv, json, workbook, workbook-en, manifest, csv-nl, sdmx, odata, csvw, annex-nl, annex-en, annex-docx-nl or annex-docx-en. Without it OUT tells."`
	Out string `arg:"" help:"File to write: .zip is the data package, .csv and .json the figures, .xlsx the workbook in Dutch, .html and .docx the method annex in Dutch, unless --as says otherwise."`
}

// exportedAs are the names of files of a release that --as can ask for.
var exportedAs = map[string]string{"package": exports.PackageFile, "csv": exports.ObservationsFile, "json": exports.ObservationsJSON, "workbook": "workbook.xlsx", "workbook-en": "workbook-en.xlsx",
	"manifest": exports.ManifestFile, "csv-nl": "observations-nl.csv", "sdmx": "sdmx.zip", "odata": "odata.zip", "csvw": "csvw.zip",
	"annex-nl": "annex-nl.html", "annex-en": "annex-en.html", "annex-docx-nl": "annex-nl.docx", "annex-docx-en": "annex-en.docx"}

// file is the name of the file that is asked for, empty for none.
func (v releaseExportVerb) file() string {
	if v.As != "" {
		return exportedAs[v.As]
	}
	return exported[filepath.Ext(v.Out)]
}

// Validate refuses a form that no release has.
func (v releaseExportVerb) Validate() error {
	if v.file() == "" {
		return fmt.Errorf("%s: give a file that ends in .zip, .csv, .json or .xlsx, in .html or .docx for the method annex, or say --as", v.Out)
	}
	return nil
}

func (v releaseExportVerb) Run(p process) error {
	s, r, err := v.find(p)
	if err != nil {
		return err
	}
	defer s.Close()
	switch {
	case !r.Approved():
		return fmt.Errorf("release %s is a draft; \"dossierlens release approve\" is for another person than %s", r.ID, r.Creator)
	case !r.Public(time.Now()):
		return fmt.Errorf("release %s is under embargo until %s", r.ID, moment(r.Embargo.Time))
	}
	name := v.file()
	f, err := s.ReleaseFile(p.ctx, r.ID, name)
	if errors.Is(err, annotations.ErrNotFound) {
		done := p.busy("making " + name)
		f, err = server.RenderRelease(p.ctx, s, r.ID, name)
		done()
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := s.Record(p.ctx, auth.Actor{}, store.Event{Act: "release.download", Study: v.Study, Object: "release " + r.ID + " " + name,
		Detail: map[string]any{"sha256": f.SHA256}}); err != nil {
		return err
	}
	return os.WriteFile(v.Out, f.Content, 0o644)
}
