package store

import (
	"fmt"
	"maps"
)

// An Objection says why what is imported is not taken. Reason names the
// sentence and Args fill it, so that a reader's language can be spoken.
type Objection struct {
	Reason Reason
	Args   []any // texts and numbers
}

// Error gives the English sentence.
func (o *Objection) Error() string {
	if len(o.Args) == 0 {
		return reasonTexts[o.Reason]
	}
	return fmt.Sprintf(reasonTexts[o.Reason], o.Args...)
}

// A Reason is the stable code of a sentence about an import.
type Reason string

// Reasons returns every reason with its English sentence in the form of
// package fmt.
func Reasons() map[Reason]string { return maps.Clone(reasonTexts) }

var reasonTexts = map[Reason]string{}

// reason adds a reason with its English sentence.
func reason(r Reason, text string) Reason {
	reasonTexts[r] = text
	return r
}

func object(r Reason, args ...any) *Objection { return &Objection{r, args} }

// What speaks against a frame.
var (
	reasonDrawnOtherwise   = reason("drawn_otherwise", "its stratum %q was drawn from, and there it stands otherwise")
	reasonDrawnWithout     = reason("drawn_without", "its stratum %q was drawn from without it; a frame is complete before the draw")
	reasonDrawnPartly      = reason("drawn_partly", "stratum %q was drawn from with %d cases, and the file has %d of them; give all or none")
	reasonPractice         = reason("practice", "it is a practice case, which is outside the sample; leave its row out of the frame")
	reasonTaken            = reason("taken", "the study uses this pseudonym for another case; give this case another one")
	reasonNotInFrame       = reason("not_in_frame", "it is in the study but not in the frame; a frame has a row for every eligible case")
	reasonRegionInStudy    = reason("region_in_study", "region %q contradicts %q in the study")
	reasonPeriodInStudy    = reason("period_in_study", "period %q contradicts %q in the study")
	reasonStratumInStudy   = reason("stratum_in_study", "stratum %q contradicts %q in the study")
	reasonNotInSample      = reason("not_in_sample", "it is in no list of the sample; only drawn cases are imported")
	reasonInReserve        = reason("in_reserve", "it is in the reserve of stratum %q; it is imported when it replaces a dropped case")
	reasonDroppedCase      = reason("dropped", "it was dropped from the sample")
	reasonRegionInFrame    = reason("region_in_frame", "region %q contradicts %q in the frame")
	reasonPeriodInFrame    = reason("period_in_frame", "period %q contradicts %q in the frame")
	reasonStratumInFrame   = reason("stratum_in_frame", "stratum %q contradicts %q in the frame")
	reasonCaseChanged      = reason("case_changed", "case %s is in the study already with another region, period, source, stratum, weight or attribute, or was coded on site; a case never changes by import")
	reasonDocumentChanged  = reason("document_changed", "case %s, document %d is in the study already with another text; documents never change, give the new one a number of its own")
	reasonCodeGone         = reason("code_gone", "the code is in the list now and not in the new one; codes stay, give it a last year instead")
	reasonUnknownCoder     = reason("unknown_coder", "%q: the study has no coder with this login; give the account the role first")
	reasonUnknownVariable  = reason("unknown_variable", "the codebook has no such variable")
	reasonOtherCoding      = reason("other_coding", "the coder has a coding of this case already, and it says something else")
	reasonNotCleared       = reason("not_cleared", "the coder has not been released for production; a coding that is still open would give them a case")
	reasonClosed           = reason("closed", "routing leaves this question out, so it takes no answer")
	reasonRoutedOtherwise  = reason("routed_otherwise", "routing gives this question the code %s; put that in the file, or leave the row out")
	reasonCopyDiffers      = reason("copy_differs", "the answer differs from the column of the case that it copies")
	reasonUnknownCase      = reason("unknown_case", "the study has no such case")
	reasonCaseUnavailable  = reason("case_unavailable", "the case is not available for coding")
	reasonUnknownDocument  = reason("unknown_document", "document %d is not in the case")
	reasonTextDeleted      = reason("text_deleted", "document %d: its text was deleted on %s")
	reasonPassageMisplaced = reason("passage_misplaced", "document %d: a passage does not stand where the file says")
)
