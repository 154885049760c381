package server

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

type releasesPage struct {
	web.Frame
	Releases     []releaseLine
	Action, New  string
	MayCreate    bool
	MaySetGate   bool
	MayGiveToken bool
	Scopes       []auth.Act // that the reader may give to a program
	Gate         exports.Gate
	Typed        gateView // what its form shows
	Tokens       []tokenLine
	Token        string // just made; shown once
	Latest       string // address for programs
	Name         string // as typed, when the form comes back
}

type releaseLine struct {
	ID, Href string
	Periods  []stagedPeriod
	Profile  string
	State    releaseState
	Release  store.Release
}

// A releaseState is how far a release is.
type releaseState string

const (
	stateDraft     releaseState = "draft"
	stateOvertaken releaseState = "overtaken" // a draft that was not made on the newest approved release
	stateEmbargo   releaseState = "embargo"
	statePublic    releaseState = "public"
)

// A stagedPeriod is a period with the word for how final it is.
type stagedPeriod struct {
	Label   string
	Stage   string // part of a message key: provisional, further, final
	Vintage int
}

func stagedPeriods(periods []exports.ReleasedPeriod, lang string) []stagedPeriod {
	var list []stagedPeriod
	for _, p := range periods {
		stage := "provisional"
		switch {
		case p.Stage == exports.StageFinal:
			stage = "final"
		case p.Vintage > 1:
			stage = "further"
		}
		list = append(list, stagedPeriod{exports.PeriodOf(p.Period).Label.In(lang), stage, p.Vintage})
	}
	return list
}

// A gateView is a policy as words and a form show it.
type gateView struct {
	exports.Gate
	Coefficients, Ons, Belows []web.Option
}

func newGateView(g exports.Gate) gateView {
	options := func(group string, values ...string) []web.Option {
		var list []web.Option
		for _, v := range values {
			list = append(list, web.Option{Value: v, Label: web.Say("gate." + group + "." + v)})
		}
		return list
	}
	return gateView{g, options("coefficient", exports.GwetAC, exports.KrippendorffAlpha), options("on", exports.OnValue, exports.OnLower),
		options("below", string(exports.Provisional), string(exports.Blocked))}
}

type tokenLine struct {
	store.Token
	Live bool
}

// decides reports whether the actor decides on releases, and so sees drafts
// and what is hidden.
func (c *call) decides() bool { return c.actor.MayTake(auth.SeeDraft, c.study.ID) }

// takes reports whether the actor may take a step at a release. Whether a draft
// was overtaken matters to none of those that are asked here.
func (c *call) takes(step auth.Step, r store.Release) bool {
	return c.actor.MayTake(step, c.study.ID) && step.At(r.State(r.Previous, c.now()), r.CreatedBy == c.actor.ID) == auth.Allowed
}

// releaseState tells how far r is; head is the newest approved release.
func (c *call) releaseState(r store.Release, head string) releaseState {
	switch r.State(head, c.now()) {
	case "public":
		return statePublic
	case "embargoed":
		return stateEmbargo
	case "overtaken":
		return stateOvertaken
	}
	return stateDraft
}

// visibleReleases returns the releases that the actor may know of, newest
// first, and the newest approved one.
func (c *call) visibleReleases() (list []store.Release, head string, err error) {
	if list, err = c.store.Releases(c.ctx(), c.study.ID); err != nil {
		return nil, "", err
	}
	for _, r := range list {
		if r.Head {
			head = r.ID
		}
	}
	list = slices.DeleteFunc(list, func(r store.Release) bool { return !c.takes(auth.SeeRelease, r) && !c.takes(auth.SeeDraft, r) })
	return list, head, nil
}

func (c *call) releases() error { return c.releasesAgain(http.StatusOK, releasesPage{}, nil) }

func (c *call) releasesAgain(status int, p releasesPage, problems []web.Problem) error {
	list, head, err := c.visibleReleases()
	if err != nil {
		return err
	}
	p.Frame, p.Problems = c.frame(here("releases.title")), problems
	p.Action, p.New = c.studyPath("releases"), c.studyPath("releases", "new")
	p.MayCreate, p.MaySetGate, p.MayGiveToken = c.may(auth.CreateRelease), c.may(auth.SetGate), c.may(auth.ApproveRelease)
	for _, r := range list {
		terms, err := termsOf(r)
		if err != nil {
			return err
		}
		p.Releases = append(p.Releases, releaseLine{r.ID, c.studyPath("releases", r.ID), stagedPeriods(terms.Periods, c.lang), terms.Profile.Name, c.releaseState(r, head), r})
	}
	if p.Gate, err = gateOf(c.ctx(), c.store, c.study.ID); err != nil {
		return err
	}
	if p.Typed.Coefficients == nil {
		p.Typed = newGateView(p.Gate)
	}
	if p.MayGiveToken {
		p.Scopes = c.scopesOf()
		p.Latest = "/api/v1/releases/latest?study=" + c.study.ID
		tokens, err := c.store.Tokens(c.ctx(), c.study.ID)
		if err != nil {
			return err
		}
		for _, t := range tokens {
			p.Tokens = append(p.Tokens, tokenLine{t, t.Live(c.now())})
		}
	}
	return c.pageStatus(status, "releases", p)
}

// setGate sets the policy on agreement for the releases that come.
func (c *call) setGate() error {
	g := exports.Gate{Coefficient: c.PostForm("coefficient"), On: c.PostForm("on"), Below: exports.GateState(c.PostForm("below")), Threshold: -1}
	if x, err := strconv.ParseFloat(strings.Replace(c.PostForm("threshold"), ",", ".", 1), 64); err == nil {
		g.Threshold = x
	}
	g.MinPairs, _ = strconv.Atoi(c.PostForm("min_pairs")) // 0 is refused
	problems, err := c.problems(g.Check())
	if err != nil {
		return err
	}
	if problems != nil {
		return c.releasesAgain(http.StatusUnprocessableEntity, releasesPage{Typed: newGateView(g)}, problems)
	}
	b, err := json.Marshal(g)
	if err != nil {
		return err
	}
	detail := map[string]any{"coefficient": g.Coefficient, "on": g.On, "threshold": g.Threshold, "min_pairs": g.MinPairs, "below": g.Below}
	if err := c.store.SetGate(c.ctx(), c.actor, c.study.ID, b, detail); err != nil {
		return err
	}
	return c.redirect(c.studyPath("releases"), web.Say("gate.set"))
}

// tokenValid is how long a token may work: at most until the yearly look at
// who has one.
var tokenValid = map[string]time.Duration{"month": 31 * 24 * time.Hour, "quarter": 92 * 24 * time.Hour, "year": 366 * 24 * time.Hour}

func (c *call) newToken() error {
	name := c.PostForm("name")
	valid, ok := tokenValid[c.PostForm("valid")]
	if !ok {
		valid = tokenValid["year"]
	}
	var scopes []auth.Act
	for _, scope := range c.PostFormArray("scope") {
		scopes = append(scopes, auth.Act(scope))
	}
	token, err := "", c.screened("name", name)
	if err == nil {
		token, err = c.store.NewToken(c.ctx(), c.actor, c.study.ID, name, valid, scopes...)
	}
	problems, err := c.problems(err)
	if err != nil {
		return err
	}
	if problems != nil {
		return c.releasesAgain(http.StatusUnprocessableEntity, releasesPage{Name: name}, problems)
	}
	return c.releasesAgain(http.StatusOK, releasesPage{Token: token}, nil)
}

func (c *call) revokeToken() error {
	id, err := c.pathID("number")
	if err != nil {
		return err
	}
	if err := c.store.RevokeToken(c.ctx(), c.actor, c.study.ID, id); err != nil {
		return err
	}
	return c.redirect(c.studyPath("releases"), web.Say("token.revoked"))
}

type releaseFormPage struct {
	web.Frame
	Action   string
	Periods  []periodChoice
	Stages   []web.Option
	Profiles []web.Option
	Profile  string
	Symbols  string
	Sets     []web.Option // of symbols
	Embargo  string
	Contact  string
	Gate     gateView
	Verdicts []verdictLine
	Blocked  bool
}

type periodChoice struct {
	offeredPeriod
	Label   string
	Vintage int
	Chosen  bool
	Stage   string
}

// A verdictLine is a verdict with the words for what it names.
type verdictLine struct {
	exports.Verdict
	Label, Weakest string
	Reached        bool // something behind it is compared between coders
}

// ValueNumber is the value of a verdict that has one.
func (v verdictLine) ValueNumber() float64 { return *v.Value }

// LowerNumber is the lower bound of a verdict that has one.
func (v verdictLine) LowerNumber() float64 { return *v.Lower }

func verdictLines(book *codebook.Codebook, verdicts []exports.Verdict, lang string) []verdictLine {
	var list []verdictLine
	for _, v := range verdicts {
		line := verdictLine{Verdict: v, Label: v.Indicator, Weakest: v.Variable, Reached: v.Variable != ""}
		if ind := book.Indicator(v.Indicator); ind != nil {
			line.Label = ind.Label.In(lang)
		}
		if variable := book.Variable(v.Variable); variable != nil {
			line.Weakest = variable.Label.In(lang)
		}
		list = append(list, line)
	}
	return list
}

// symbolsNow stands in a form for the set of symbols that has no name.
const symbolsNow = "current"

// embargoLayout is how browsers send a moment; it is taken to be in UTC, as
// every time in the program is.
const embargoLayout = "2006-01-02T15:04"

func (c *call) releaseForm() error {
	req := ReleaseRequest{Profile: profiles[0].Name}
	list, err := c.store.Releases(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	if len(list) > 0 { // readers ask the same people as of the last one
		terms, err := termsOf(list[0])
		if err != nil {
			return err
		}
		req.Contact = terms.Contact
	}
	return c.releaseFormAgain(http.StatusOK, req, "", nil)
}

func (c *call) releaseFormAgain(status int, req ReleaseRequest, embargo string, problems []web.Problem) error {
	p := releaseFormPage{Frame: c.frame(web.Link{Href: c.studyPath("releases"), Label: web.Say("releases.title")}, here("release.new")),
		Action: c.studyPath("releases"), Profile: req.Profile, Symbols: cmp.Or(string(req.Symbols), symbolsNow), Embargo: embargo, Contact: req.Contact,
		Sets:   []web.Option{{Value: symbolsNow, Label: web.Say("release.symbols.current")}, {Value: string(exports.OlderSymbols), Label: web.Say("release.symbols.older")}},
		Stages: []web.Option{{Value: exports.StageProvisional, Label: web.Say("release.stage.provisional")}, {Value: exports.StageFinal, Label: web.Say("release.stage.final")}}}
	p.Problems = problems
	for _, rule := range profiles {
		p.Profiles = append(p.Profiles, web.Option{Value: rule.Name, Label: web.Say("release.profile." + rule.Name)})
	}
	offered, err := releasable(c.ctx(), c.store, c.study.ID)
	if err != nil {
		return err
	}
	_, vintages, err := chain(c.ctx(), c.store, c.study.ID)
	if err != nil {
		return err
	}
	for _, o := range offered {
		stage, chosen := req.Stages[o.Period]
		p.Periods = append(p.Periods, periodChoice{o, exports.PeriodOf(o.Period).Label.In(c.lang), vintages[o.Period] + 1, chosen, stage})
	}
	gate, err := gateOf(c.ctx(), c.store, c.study.ID)
	if err != nil {
		return err
	}
	p.Gate = newGateView(gate)
	ratings, err := c.ratings()
	if err != nil {
		return err
	}
	agreement := ratings.agreement(annotations.Selection{})
	verdicts, err := gate.Judge(ratings.book, func(id string) (annotations.VariableAgreement, bool) {
		a, ok := agreement[id]
		return a, ok
	}, nil)
	if err != nil {
		return err
	}
	p.Verdicts = verdictLines(ratings.book, verdicts, c.lang)
	for i := range p.Verdicts {
		p.Verdicts[i].Override = req.Overrides[p.Verdicts[i].Indicator]
		p.Blocked = p.Blocked || p.Verdicts[i].State == exports.Blocked
	}
	return c.pageStatus(status, "release_new", p)
}

// createRelease freezes the settled cases as they are now.
func (c *call) createRelease() error {
	req := ReleaseRequest{Study: c.study.ID, Tool: c.version, Profile: c.PostForm("profile"), Contact: strings.TrimSpace(c.PostForm("contact")), Stages: map[string]string{}, Overrides: map[string]string{}}
	for _, period := range c.PostFormArray("period") {
		req.Stages[period] = c.PostForm("stage:" + period)
	}
	for name := range c.Request.PostForm {
		if indicator, ok := strings.CutPrefix(name, "override:"); ok {
			if why := strings.TrimSpace(c.PostForm(name)); why != "" {
				req.Overrides[indicator] = why
			}
		}
	}
	if set := c.PostForm("symbols"); set != symbolsNow {
		req.Symbols = exports.Symbols(set)
	}
	embargo := c.PostForm("embargo")
	var problems []web.Problem
	for _, indicator := range slices.Sorted(maps.Keys(req.Overrides)) {
		refused, err := c.problems(c.screened("override:"+indicator, req.Overrides[indicator]))
		if err != nil {
			return err
		}
		problems = append(problems, refused...)
	}
	refused, err := c.problems(c.screened("contact", req.Contact, screening.Email, screening.Phone, screening.URL, screening.Postcode, screening.Address, screening.Place, screening.Organisation))
	if err != nil {
		return err
	}
	problems = append(problems, refused...)
	if embargo != "" {
		at, err := time.Parse(embargoLayout, embargo)
		if err != nil {
			problems = append(problems, web.Problem{Field: "embargo", Text: web.Say("release.embargo.invalid")})
		}
		req.Embargo = at
	}
	var id string
	var undivided bool
	if problems == nil {
		var err error
		id, undivided, err = CreateRelease(c.ctx(), c.store, c.actor, req)
		if problems, err = c.problems(err); err != nil {
			return err
		}
	}
	if problems != nil {
		return c.releaseFormAgain(http.StatusUnprocessableEntity, req, embargo, problems)
	}
	said := web.Say("release.created")
	if undivided {
		said = web.Say("release.created_undivided")
	}
	return c.redirect(c.studyPath("releases", id), said)
}
