package auth

import "slices"

// A Role is what a person is in one study. An administrator is one for the
// whole program.
type Role string

// The roles, as in the field's own division of work.
const (
	Coder          Role = "coder"
	Lead           Role = "lead"
	DataManager    Role = "data_manager"
	MonitorOfficer Role = "monitor_officer"
	PrivacyOfficer Role = "privacy_officer"
	Observer       Role = "observer"
	Administrator  Role = "administrator"
)

// Roles lists the roles that can be given within a study, in the order of the
// work; [Administrator] is not among them.
var Roles = []Role{Coder, Lead, DataManager, MonitorOfficer, PrivacyOfficer, Observer}

// ParseRole returns the study role that s names, and whether there is one.
func ParseRole(s string) (Role, bool) {
	r := Role(s)
	return r, slices.Contains(Roles, r)
}

// An Act is something a person wants to do, at the grain at which it is
// granted or refused.
type Act string

// The acts. Those of the program itself come last.
const (
	SeeStudy       Act = "see_study"       // its name, one's own roles, the codebook
	SeeProgress    Act = "see_progress"    // counts of cases by state and coder
	ListCases      Act = "list_cases"      // pseudonyms and states, no content
	ReadCase       Act = "read_case"       // text and answers of any case of the study
	ImportCases    Act = "import_cases"    // manifests, documents, codings, lists
	Screen         Act = "screen"          // decide about findings in held documents
	Sample         Act = "sample"          // draw cases from the frame, and drop one
	Assign         Act = "assign"          // give cases to coders
	CodeCase       Act = "code_case"       // code the cases assigned to oneself
	Guide          Act = "guide"           // answer coders' questions, look codings over and send them back
	SeeAgreement   Act = "see_agreement"   // coefficients and differing cases
	Adjudicate     Act = "adjudicate"      // open consensus and settle answers
	SeeIndicators  Act = "see_indicators"  // figures after disclosure control
	ExportFigures  Act = "export_figures"  // files of protected figures
	ReadReleases   Act = "read_releases"   // approved releases and their files
	CreateRelease  Act = "create_release"  // freeze figures, and see what is hidden and why
	ApproveRelease Act = "approve_release" // of somebody else; and tokens for programs
	SetGate        Act = "set_gate"        // the policy on agreement behind figures
	SetDesign      Act = "set_design"      // what figures are divided and weighted by
	Describe       Act = "describe"        // what an indicator means, and its norm
	ExportCodings  Act = "export_codings"  // pseudonymized answers
	ManagePeople   Act = "manage_people"   // roles within a study
	ReadAudit      Act = "read_audit"      // the audit log of a study
	SeeRetention   Act = "see_retention"   // plans, legal holds and certificates
	Retain         Act = "retain"          // plan the deletion of texts and carry it out
	HoldTexts      Act = "hold_texts"      // set and lift legal holds
	AskErasure     Act = "ask_erasure"     // of a whole case
	ConfirmErasure Act = "confirm_erasure" // that somebody else asked for

	ManageUsers  Act = "manage_users"   // accounts of the program
	CreateStudy  Act = "create_study"   // a study from a codebook file
	ReadWholeLog Act = "read_whole_log" // the audit log of the program
)

// grants is the table of who may do what. It is the only one: a route names
// an act, and an act that does not stand beside a role is refused.
var grants = map[Role][]Act{
	Coder:          {SeeStudy, CodeCase},
	Lead:           {SeeStudy, SeeProgress, ListCases, ReadCase, Sample, Assign, Guide, SeeAgreement, Adjudicate, SeeIndicators, ReadReleases, ApproveRelease, SetGate, SetDesign, Describe, ExportCodings, ManagePeople, SeeRetention, HoldTexts, AskErasure, ConfirmErasure},
	DataManager:    {SeeStudy, SeeProgress, ListCases, ImportCases, Screen, Sample, SetDesign, ExportCodings, SeeRetention, Retain, AskErasure},
	MonitorOfficer: {SeeStudy, SeeProgress, SeeIndicators, ExportFigures, ReadReleases, CreateRelease, ApproveRelease, Describe},
	PrivacyOfficer: {SeeStudy, ReadAudit, ReadReleases, SeeRetention, HoldTexts, ConfirmErasure},
	Observer:       {SeeStudy, SeeProgress, SeeIndicators, ReadReleases},
	Administrator:  {ManageUsers, CreateStudy, ManagePeople, ReadWholeLog},
}

// Grants reports whether the table gives act to role.
func Grants(role Role, act Act) bool { return slices.Contains(grants[role], act) }

// An Actor is a person who is logged in, with what they are in each study, or
// a program that came with a token. The zero Actor is nobody and may do
// nothing.
type Actor struct {
	ID            int64
	Login         string
	Name          string
	Administrator bool
	Roles         map[string][]Role // by study id
	Scopes        map[string][]Act  // by study id, of a program; it has no ID
}

// Nobody reports whether the actor is neither a person nor a program.
func (a Actor) Nobody() bool { return a.ID == 0 && len(a.Scopes) == 0 }

// May reports whether the actor may do act in study. For acts of the program
// itself study is empty.
func (a Actor) May(act Act, study string) bool {
	if a.ID == 0 {
		return slices.Contains(a.Scopes[study], act)
	}
	if a.Administrator && Grants(Administrator, act) {
		return true
	}
	return slices.ContainsFunc(a.Roles[study], func(r Role) bool { return Grants(r, act) })
}

// Is reports whether the actor has role in study.
func (a Actor) Is(role Role, study string) bool {
	return a.ID != 0 && slices.Contains(a.Roles[study], role)
}

// ActingAs names the role under which the actor does act in study, for the
// audit log: the first of theirs to which the table grants it, or "" if none.
func (a Actor) ActingAs(act Act, study string) Role {
	for _, r := range a.Roles[study] {
		if Grants(r, act) {
			return r
		}
	}
	if a.Administrator && Grants(Administrator, act) {
		return Administrator
	}
	return ""
}
