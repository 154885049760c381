package server

import (
	"errors"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/web"
)

// refusals say why the codebook refuses an answer, in the reader's language.
var refusals = []struct {
	err error
	key string
}{
	{codebook.ErrTwofold, "refusal.twofold"},
	{codebook.ErrMissingCode, "refusal.missing_code"},
	{codebook.ErrCategory, "refusal.category"},
	{codebook.ErrOutOfPeriod, "refusal.out_of_period"},
	{codebook.ErrExclusive, "refusal.exclusive"},
	{codebook.ErrNotNumber, "refusal.not_number"},
	{codebook.ErrOutOfRange, "refusal.out_of_range"},
	{codebook.ErrNotDate, "refusal.not_date"},
	{codebook.ErrTooPrecise, "refusal.too_precise"},
	{codebook.ErrNotText, "refusal.not_text"},
	{codebook.ErrTextTooLong, "refusal.text_too_long"},
	{codebook.ErrNoCategory, "refusal.no_category"},
}

// refusal returns the sentence of a refused answer, with its detail, such as
// the limits of a number, behind it.
func refusal(e *codebook.AnswerError) web.Message {
	var detail any = ""
	if e.Detail != nil {
		detail = web.Say("refusal.detail", "detail", mistaken(e.Detail))
	}
	for _, r := range refusals {
		if errors.Is(e, r.err) {
			return web.Say(r.key, "detail", detail)
		}
	}
	return mistaken(e.Detail)
}
