package server

import (
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// The annex to a data protection impact assessment (GDPR, article 35): what
// flows where, which fields there are, for how long, and who may do what. All
// of it is read from the study, its codebook, the table of permissions and the
// settings of this server, so that it says what is, not what was meant.

type dpiaPage struct {
	web.Frame
	Study     store.Study
	Made      time.Time
	Flows     []string // keys of messages: dpia.flow.<key> and dpia.flow.<key>.what
	Holdings  []store.Holding
	Sections  []dpiaSection
	Variables int
	Acts      []auth.Act
	Roles     []dpiaRole
	Policy    store.AccessPolicy
	Plans     []retentionLine
	Holds     int
	Deletions int
	Backups   string // none, plain, sealed (with the key of the workspace) or encrypted
	Every     time.Duration
	Keep      int
	Secure    bool
	TLS       TLS
	Calls     string // key of a message: whom the program calls
	Rest      string // on or off: encryption by the program
}

type dpiaSection struct {
	Label     string
	Variables []dpiaVariable
}

type dpiaVariable struct {
	ID, Label, Type string
	Free            bool // a person writes words of their own
}

type dpiaRole struct {
	Role    auth.Role
	People  int
	May     []bool // in the order of the acts
	Factors bool   // two are demanded
}

// dpiaActs are the acts that touch personal data, in the order of its way.
var dpiaActs = []auth.Act{auth.ImportCases, auth.Screen, auth.ListCases, auth.CodeCase, auth.ReadCase, auth.Adjudicate, auth.ExportCodings,
	auth.SeeIndicators, auth.ApproveRelease, auth.ReadAudit, auth.Retain, auth.ConfirmErasure, auth.ManagePeople}

// dpia shows the annex of the study.
func (c *call) dpia() error {
	p := dpiaPage{Frame: c.frame(web.Link{Href: c.studyPath("retention"), Label: web.Say("retention.title")}, here("dpia.title")),
		Study: c.study, Made: c.now(), Acts: dpiaActs, Secure: c.sessions.secure, TLS: c.tls, Backups: "none", Calls: "dpia.nobody", Rest: "off"}
	if c.store.Encrypted() {
		p.Rest = "on"
	}
	switch acme := c.tls == TLSACME; {
	case acme && c.sso != nil:
		p.Calls = "dpia.calls.sso_acme"
	case acme:
		p.Calls = "dpia.calls.acme"
	case c.sso != nil:
		p.Calls = "dpia.calls.sso"
	}
	p.Flows = []string{"intake", "screening", "coding", "browser", "lead", "figures", "codings"}
	if c.sso != nil {
		p.Flows = append(p.Flows, "sso")
	}
	if c.tls == TLSACME {
		p.Flows = append(p.Flows, "acme")
	}
	if b := c.backups; b != nil {
		p.Backups, p.Every, p.Keep = "plain", b.Every, b.Keep
		switch {
		case len(b.Recipients) > 0:
			p.Backups = "encrypted"
		case c.store.Encrypted():
			p.Backups = "sealed"
		}
		p.Flows = append(p.Flows, "backups")
	}
	p.Flows = append(p.Flows, "log")

	book, err := c.codebook()
	if err != nil {
		return err
	}
	for _, s := range book.Sections {
		section := dpiaSection{Label: s.Label.In(c.lang)}
		for _, v := range s.Variables {
			section.Variables = append(section.Variables, dpiaVariable{v.ID, v.Label.In(c.lang), string(v.Type), v.Type == codebook.TypeText})
		}
		p.Variables += len(section.Variables)
		p.Sections = append(p.Sections, section)
	}
	if p.Holdings, err = c.store.Inventory(c.ctx(), c.study.ID); err != nil {
		return err
	}
	if p.Policy, err = c.store.AccessPolicy(c.ctx()); err != nil {
		return err
	}
	members, err := c.store.Members(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, role := range auth.Roles {
		line := dpiaRole{Role: role, Factors: p.Policy.Demands(role)}
		for _, m := range members {
			for _, r := range m.Roles {
				if r == role {
					line.People++
				}
			}
		}
		for _, act := range dpiaActs {
			line.May = append(line.May, auth.Grants(role, act))
		}
		p.Roles = append(p.Roles, line)
	}
	plans, err := c.store.RetentionPlans(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, plan := range plans {
		if plan.Ended == "" {
			p.Plans = append(p.Plans, retentionLine{RetentionPlan: plan})
		}
	}
	holds, err := c.store.Holds(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if h.LiftedAt.IsZero() {
			p.Holds++
		}
	}
	deletions, err := c.store.Deletions(c.ctx(), c.study.ID)
	if err != nil {
		return err
	}
	p.Deletions = len(deletions)
	return c.page("dpia", p)
}
