package auth

import "slices"

// A Kind is a kind of object whose state says what may be done to it.
type Kind string

// The kinds.
const (
	Coding     Kind = "coding"     // one coder's work on one case
	Reviewed   Kind = "reviewed"   // a coding, as a lead who looks it over has it
	Practice   Kind = "practice"   // a coding, as one that is measured against a gold standard
	Comparison Kind = "comparison" // the codings of a case, side by side
	Case       Kind = "case"
	Drawn      Kind = "drawn" // a case in the sampling frame
	Release    Kind = "release"
	Erasure    Kind = "erasure" // a wish to erase a case
	Plan       Kind = "plan"    // of the deletion of texts
	Hold       Kind = "hold"    // a legal hold
	Token      Kind = "token"   // of a program
)

// A State is how far an object has come, in the grain at which an act is
// allowed or refused.
type State string

// States lists the states of each kind, in the order of the work. An object
// that there is not, or no more, has none of them.
var States = map[Kind][]State{
	Coding:     {"open", "sent back", "handed in", "waiting", "compared", "sent back compared", "withdrawn"},
	Reviewed:   {"open", "blind", "readable", "withdrawn"},
	Practice:   {"counts", "open", "handed in"},
	Comparison: {"out", "in", "opened"},
	Case:       {"screening", "released", "assigned", "coding", "submitted", "comparing", "settled", "dropped"},
	Drawn:      {"reserve", "sampled", "dropped", "erased"},
	Release:    {"draft", "overtaken", "embargoed", "public"},
	Erasure:    {"asked", "asked on hold", "confirmed", "withdrawn"},
	Plan:       {"standing", "ended"},
	Hold:       {"standing", "lifted"},
	Token:      {"live", "ended"},
}

// Whose says how the object must belong to the actor.
type Whose int

const (
	Anybodys Whose = iota
	Own            // the actor's own; of others it looks absent
	Others         // somebody else's: two people, or a look without a stake
)

// A Step is one thing that is done to an object under an act.
type Step string

// The steps.
const (
	ReadCoding     Step = "read_coding"      // and speak about it
	ChangeCoding   Step = "change_coding"    // answers, passages, handing in
	SeeFeedback    Step = "see_feedback"     // on one's own practice
	LookOver       Step = "look_over"        // a coding, as its lead
	SendBack       Step = "send_back"        // to its coder
	ApproveCoding  Step = "approve_coding"   // so that it counts
	TakeBack       Step = "take_back"        // from its coder
	Reassign       Step = "reassign"         // to another coder
	Give           Step = "give"             // a case to a coder
	MakeGold       Step = "make_gold"        // a practice case of a settled one
	OpenComparison Step = "open_comparison"  // for good: the case is blind no more
	ReadComparison Step = "read_comparison"  // both sides
	Decide         Step = "decide"           // a difference
	DropCase       Step = "drop_case"        // from the sample
	RestoreCase    Step = "restore_case"     // to the sample
	SeeRelease     Step = "see_release"      // that it is there, its terms and hashes
	SeeDraft       Step = "see_draft"        // and what is hidden and why, for those who decide
	TakeFiles      Step = "take_files"       // public files of a release
	Approve        Step = "approve_release"  // a draft, for good
	ConfirmErasing Step = "confirm_erasing"  // of what somebody else asked
	DropErasing    Step = "withdraw_erasing" // a wish that was not confirmed
	WithdrawPlan   Step = "withdraw_plan"
	LiftHold       Step = "lift_hold"
	RevokeToken    Step = "revoke_token"
)

// A Rule says who may take a step, and in which states of the object. In the
// states of Closed one is told that it may not be done now; in any other state
// the object looks as if it were not there.
type Rule struct {
	Of     Kind
	Acts   []Act // any of these
	Whose  Whose
	In     []State
	Closed []State
}

// rules joins what [grants] gives a role with the states of objects: together
// they are the one table of role, act and state.
var rules = map[Step]Rule{
	ReadCoding:     {Of: Coding, Acts: []Act{CodeCase}, Whose: Own, In: []State{"open", "sent back", "handed in", "waiting", "compared", "sent back compared"}},
	ChangeCoding:   {Of: Coding, Acts: []Act{CodeCase}, Whose: Own, In: []State{"open", "sent back", "sent back compared"}, Closed: []State{"handed in", "waiting", "compared"}},
	SeeFeedback:    {Of: Practice, Acts: []Act{CodeCase}, Whose: Own, In: []State{"handed in"}},
	LookOver:       {Of: Reviewed, Acts: []Act{Guide}, Whose: Others, In: []State{"readable"}, Closed: []State{"open", "blind"}},
	SendBack:       {Of: Coding, Acts: []Act{Guide}, Whose: Others, In: []State{"handed in", "waiting", "compared"}},
	ApproveCoding:  {Of: Coding, Acts: []Act{Guide}, Whose: Others, In: []State{"waiting"}},
	TakeBack:       {Of: Coding, Acts: []Act{Assign}, In: []State{"open", "sent back", "handed in", "waiting", "withdrawn"}, Closed: []State{"compared", "sent back compared"}},
	Reassign:       {Of: Coding, Acts: []Act{Assign}, In: []State{"open", "sent back", "handed in", "waiting"}, Closed: []State{"compared", "sent back compared"}},
	Give:           {Of: Case, Acts: []Act{Assign}, In: []State{"released", "assigned", "coding", "submitted", "comparing", "settled"}, Closed: []State{"screening", "dropped"}},
	MakeGold:       {Of: Case, Acts: []Act{Adjudicate}, Whose: Others, In: []State{"settled"}, Closed: []State{"screening", "released", "assigned", "coding", "submitted", "comparing", "dropped"}},
	OpenComparison: {Of: Comparison, Acts: []Act{Adjudicate}, Whose: Others, In: []State{"in", "opened"}, Closed: []State{"out"}},
	ReadComparison: {Of: Comparison, Acts: []Act{Adjudicate}, In: []State{"opened"}, Closed: []State{"out", "in"}},
	Decide:         {Of: Comparison, Acts: []Act{Adjudicate}, Whose: Others, In: []State{"opened"}, Closed: []State{"out", "in"}},
	DropCase:       {Of: Drawn, Acts: []Act{Sample}, In: []State{"sampled"}},
	RestoreCase:    {Of: Drawn, Acts: []Act{Sample}, In: []State{"dropped"}},
	SeeRelease:     {Of: Release, Acts: []Act{ReadReleases}, In: []State{"embargoed", "public"}},
	SeeDraft:       {Of: Release, Acts: []Act{CreateRelease, ApproveRelease}, In: []State{"draft", "overtaken", "embargoed", "public"}},
	TakeFiles:      {Of: Release, Acts: []Act{ReadReleases}, In: []State{"public"}},
	Approve:        {Of: Release, Acts: []Act{ApproveRelease}, Whose: Others, In: []State{"draft"}, Closed: []State{"overtaken", "embargoed", "public"}},
	ConfirmErasing: {Of: Erasure, Acts: []Act{ConfirmErasure}, Whose: Others, In: []State{"asked"}, Closed: []State{"asked on hold"}},
	DropErasing:    {Of: Erasure, Acts: []Act{AskErasure, ConfirmErasure}, In: []State{"asked", "asked on hold"}},
	WithdrawPlan:   {Of: Plan, Acts: []Act{Retain}, In: []State{"standing"}},
	LiftHold:       {Of: Hold, Acts: []Act{HoldTexts}, In: []State{"standing"}},
	RevokeToken:    {Of: Token, Acts: []Act{ApproveRelease}, In: []State{"live"}},
}

// Rules lists the rules by step, for tests and documentation.
func Rules() map[Step]Rule {
	list := make(map[Step]Rule, len(rules))
	for step, r := range rules {
		list[step] = r
	}
	return list
}

// A Verdict is what the table says of a step.
type Verdict int

const (
	Absent Verdict = iota // as if there were no such object
	Stake                 // the object is the actor's own, and another has to take the step
	Shut                  // not in this state
	Allowed
)

// At says whether a step may be taken at an object in a state, and mine whether
// the object is the actor's own. Whether the actor has the act is asked before.
func (s Step) At(state State, mine bool) Verdict {
	r := rules[s]
	in, shut := slices.Contains(r.In, state), slices.Contains(r.Closed, state)
	switch {
	case !in && !shut, r.Whose == Own && !mine:
		return Absent
	case r.Whose == Others && mine:
		return Stake
	case shut:
		return Shut
	}
	return Allowed
}

// MayTake reports whether the actor has an act in study under which the step is
// taken.
func (a Actor) MayTake(s Step, study string) bool {
	return slices.ContainsFunc(rules[s].Acts, func(act Act) bool { return a.May(act, study) })
}
