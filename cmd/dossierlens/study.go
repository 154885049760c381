package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/codebook/builtin"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/web"
)

// studyVerb makes and lists studies, and draws their samples, without a browser.
type studyVerb struct {
	Create studyCreateVerb `cmd:"" help:"Create a study on a codebook."`
	List   studyListVerb   `cmd:"" help:"List the studies with their cases."`
	Member studyMemberVerb `cmd:"" help:"Give an account a role in a study."`
	Draw   studyDrawVerb   `cmd:"" help:"Draw the sample of a study from its frame."`
	Drop   studyDropVerb   `cmd:"" help:"Take a case out of the sample; the reserve replaces it."`
	Sample studySampleVerb `cmd:"" help:"Print the sample: response and weights by stratum, or its cases."`
	Round  studyRoundVerb  `cmd:"" help:"Make a round of training, pilot or production."`
	Assign studyAssignVerb `cmd:"" help:"Divide the cases that nobody has yet over coders."`
}

type studyCreateVerb struct {
	data
	ID       string `required:"" name:"id" help:"Name of the study in addresses: small letters, digits and dashes."`
	Codebook string `required:"" placeholder:"FILE" help:"Codebook file, or builtin:ID."`
	Title    string `help:"Title of the study; that of the codebook when it is not given."`
}

func (v studyCreateVerb) Run(p process) error {
	source, err := codebookSource(v.Codebook)
	if err != nil {
		return err
	}
	book, err := codebook.Parse(source, v.Codebook)
	if err != nil {
		for _, problem := range flatten(err) {
			fmt.Fprintln(p.stderr, problem)
		}
		return errReported
	}
	if v.Title == "" {
		v.Title = book.Title.In("nl")
	}
	s, err := v.create(p)
	if err != nil {
		return err
	}
	defer s.Close()
	if err := s.CreateStudy(p.ctx, auth.Actor{}, v.ID, v.Title, source); err != nil {
		return inWords(err)
	}
	_, err = fmt.Fprintf(p.stdout, "study %s on %s %s\n", v.ID, book.ID, book.Version)
	return err
}

// codebookSource returns the bytes of a codebook file or of a built-in one.
func codebookSource(name string) ([]byte, error) {
	if id, ok := strings.CutPrefix(name, builtinPrefix); ok {
		return builtin.Source(id)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, codebook.MaxSize+1))
}

type studyListVerb struct {
	data
	output
}

// A listedStudy is one study as JSON.
type listedStudy struct {
	ID       string                    `json:"id"`
	Title    string                    `json:"title"`
	Codebook string                    `json:"codebook"`
	Version  string                    `json:"version"`
	Cases    int                       `json:"cases"`
	States   map[annotations.State]int `json:"states"`
}

func (v studyListVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	studies, err := s.Studies(p.ctx)
	if err != nil {
		return err
	}
	list, rows := []listedStudy{}, [][]string{}
	for _, st := range studies {
		counts, err := s.CaseCounts(p.ctx, st.ID)
		if err != nil {
			return err
		}
		l := listedStudy{ID: st.ID, Title: st.Title, Codebook: st.Codebook, Version: st.Version, States: map[annotations.State]int{}}
		for _, n := range counts {
			l.Cases += n.N
			l.States[n.State] += n.N
		}
		list = append(list, l)
		rows = append(rows, []string{l.ID, l.Title, l.Codebook, l.Version, strconv.Itoa(l.Cases), strconv.Itoa(l.States[annotations.Settled])})
	}
	return v.print(p.stdout, []string{"id", "title", "codebook", "version", "cases", "settled"}, rows, list)
}

type studyMemberVerb struct {
	study
	Login string `required:"" help:"Account that gets the role."`
	Role  string `required:"" help:"coder, lead, data_manager, monitor_officer, privacy_officer or observer."`
}

// Validate refuses a role that no study has.
func (v studyMemberVerb) Validate() error {
	if _, ok := auth.ParseRole(v.Role); !ok {
		return fmt.Errorf("--role: %q is none of %v", v.Role, auth.Roles)
	}
	return nil
}

func (v studyMemberVerb) Run(p process) error {
	s, err := v.open(p)
	if err != nil {
		return err
	}
	defer s.Close()
	u, err := s.UserByLogin(p.ctx, v.Login)
	if err != nil {
		return fmt.Errorf("account %s: %w; \"dossierlens user list\" lists those there are", v.Login, err)
	}
	return s.AddMember(p.ctx, auth.Actor{}, v.Study, u.ID, auth.Role(v.Role))
}

// inWords writes a refusal of the domain as an English sentence, from the same
// messages as the pages.
func inWords(err error) error {
	var invalid *annotations.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	pages, failed := web.New()
	if failed != nil {
		return err
	}
	pairs := []any{}
	for name, value := range invalid.Args {
		pairs = append(pairs, name, fmt.Sprint(value))
	}
	sentence := web.Say(invalid.Key, pairs...).In(pages.Catalogue("en"))
	if invalid.Field == "" {
		return errors.New(sentence)
	}
	return fmt.Errorf("%s: %s", invalid.Field, sentence)
}
