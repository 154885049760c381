package annotations

import (
	"math"
	"strconv"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
)

// A PracticeCoding is what a coder stated in a practice case when it was first
// handed in, before they saw how it should have been, beside the gold standard.
type PracticeCoding struct {
	Assignment int64
	Case       Case
	Coder      int64
	Given      codebook.Answers // as stated, with what is copied from the case
	Gold       codebook.Answers // as settled; empty while there is none
	At         time.Time
}

// A Judged is an answer beside the gold standard.
type Judged struct {
	Variable *codebook.Variable
	Gold     codebook.Answer
	Given    codebook.Answer // none when the question was left open
	Right    bool
}

// An Accuracy counts answers that are as in the gold standard.
type Accuracy struct {
	Right, Asked int
}

// Share is the accuracy from 0 to 1, and whether anything was asked.
func (a Accuracy) Share() (float64, bool) {
	if a.Asked == 0 {
		return 0, false
	}
	return float64(a.Right) / float64(a.Asked), true
}

// Value is the share, or 0 when nothing was asked.
func (a Accuracy) Value() float64 {
	share, _ := a.Share()
	return share
}

// Add returns a with one more answer.
func (a Accuracy) Add(right bool) Accuracy {
	a.Asked++
	if right {
		a.Right++
	}
	return a
}

// Judge lays the answers of a practice coding beside the gold standard, in
// codebook order. It looks at core variables that a coder answers: not at texts
// nor at copies of a column. A question counts where the gold standard asks it
// and the coder's own answers did; one that a wrong answer before it closed is
// not counted a second time. Numbers are right up to the variable's tolerance;
// missing codes are answers like any other.
func (k PracticeCoding) Judge(book *codebook.Codebook) []Judged {
	if len(k.Gold) == 0 {
		return nil
	}
	wanted, asked := book.Route(k.Gold), book.Route(k.Given)
	var list []Judged
	for _, v := range book.Variables() {
		gold, settled := k.Gold[v.ID]
		if !v.Core || v.Type == codebook.TypeText || v.CopyOf != "" || !settled || !wanted[v.ID].Asked || !asked[v.ID].Asked {
			continue
		}
		given := k.Given[v.ID]
		list = append(list, Judged{v, gold, given, sameAnswer(v, gold, given)})
	}
	return list
}

func sameAnswer(v *codebook.Variable, a, b codebook.Answer) bool {
	if a == b {
		return true
	}
	if v.Tolerance == 0 || a.Value == "" || b.Value == "" {
		return false
	}
	x, err1 := strconv.ParseFloat(a.Value, 64)
	y, err2 := strconv.ParseFloat(b.Value, 64)
	return err1 == nil && err2 == nil && math.Abs(x-y) <= v.Tolerance+rounding*max(1, v.Tolerance)
}

// A Gate is what a study asks of a coder before production: an accuracy, from
// 0 to 1, on so many practice cases at least. An accuracy of 0 is no gate.
type Gate struct {
	Accuracy float64
	Cases    int
}

// On reports whether there is a gate.
func (g Gate) On() bool { return g.Accuracy > 0 }

// A Trained is how far a coder is in training.
type Trained struct {
	Given    int // practice cases they have or had, handed in or not
	Judged   int // of these, handed in and with a gold standard
	Accuracy Accuracy
	Cleared  bool // the lead released them for production
}

// Ready reports whether a coder has reached what the gate asks, so that the
// lead is offered to release them. Somebody below it can only be released with
// a reason.
func (g Gate) Ready(t Trained) bool {
	share, ok := t.Accuracy.Share()
	return ok && t.Judged >= g.Cases && share >= g.Accuracy-1e-9
}
