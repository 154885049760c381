package server

import (
	"errors"
	"fmt"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

// problems turns what a person can mend into a list for the form, all at once.
// What is none of that is returned as the error.
func (c *call) problems(err error) ([]web.Problem, error) {
	if err == nil {
		return nil, nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok && !told(err) {
		var list []web.Problem
		for _, e := range joined.Unwrap() {
			p, other := c.problems(e)
			if other != nil {
				return nil, other
			}
			list = append(list, p...)
		}
		return list, nil
	}
	var invalid *annotations.InvalidError
	var gone *store.ErasedError
	switch {
	case errors.Is(err, store.ErrOvertaken):
		return []web.Problem{{Text: web.Say("release.overtaken")}}, nil
	case errors.Is(err, store.ErrSamePerson):
		return []web.Problem{{Text: web.Say("release.same_person")}}, nil
	case errors.Is(err, store.ErrApproved):
		return []web.Problem{{Text: web.Say("release.approved_already")}}, nil
	case errors.As(err, &gone):
		return []web.Problem{{Text: web.Say("import.erased", "case", string(gone.Case), "date", gone.On)}}, nil
	case errors.As(err, &invalid):
		pairs := []any{}
		for k, v := range invalid.Args {
			pairs = append(pairs, k, fmt.Sprint(v))
		}
		return []web.Problem{{Field: invalid.Field, Text: web.Say(invalid.Key, pairs...)}}, nil
	}
	if text, ok := sentence(err); ok {
		return []web.Problem{{Text: text}}, nil
	}
	return nil, err
}

// told reports whether err is one problem, whatever it wraps.
func told(err error) bool {
	_, ok := err.(*intake.Problem)
	return ok
}

// sentence says what is wrong with what a person gave, and where, in words of
// either language: a codebook, a file, a list, a frame, codings or an answer.
func sentence(err error) (web.Message, bool) {
	var file *intake.Problem
	var parse *codebook.ParseError
	var list *store.ListProblem
	var frame *store.FrameProblem
	var coding *store.CodingProblem
	var changed *store.ChangedError
	var entry *codebook.EntryError
	var objection *store.Objection
	var answer *codebook.AnswerError
	var mistake *codebook.Mistake
	switch {
	case errors.As(err, &file):
		return at(file.Place(), phrase("intake.problem."+string(file.Reason), file.Args)), true
	case errors.As(err, &parse):
		return inside(fmt.Sprintf("%s:%d:%d", parse.File, parse.Line, parse.Column), parse.Err)
	case errors.As(err, &list):
		text, ok := sentence(list.Err)
		if list.Code != "" {
			text = web.Say("problem.code", "code", list.Code, "problem", text)
		}
		return web.Say("problem.list", "list", list.List, "problem", text), ok
	case errors.As(err, &frame):
		return at(frame.Place, ofCase(frame.Case, "", objects(frame.Why))), true
	case errors.As(err, &coding):
		text, ok := sentence(coding.Err)
		return at(coding.Place, ofCase(coding.Case, coding.Variable, text)), ok
	case errors.As(err, &changed):
		return objects(changed.Why()), true
	case errors.As(err, &entry):
		return inside(entry.Path, entry.Err)
	case errors.As(err, &objection):
		return objects(objection), true
	case errors.As(err, &answer):
		return refusal(answer), true
	case errors.As(err, &mistake):
		return mistaken(mistake), true
	}
	return web.Message{}, false
}

// inside is the sentence of err at a place.
func inside(place string, err error) (web.Message, bool) {
	text, ok := sentence(err)
	return at(place, text), ok
}

// at puts a place, if there is one, before a sentence.
func at(place string, text web.Message) web.Message {
	if place == "" {
		return text
	}
	return web.Say("problem.at", "place", place, "problem", text)
}

// ofCase says which case, and which variable in it, a sentence is about.
func ofCase(id annotations.CaseID, variable string, text web.Message) web.Message {
	switch {
	case id == "":
		return text
	case variable == "":
		return web.Say("problem.case", "case", string(id), "problem", text)
	}
	return web.Say("problem.answer", "case", string(id), "variable", variable, "problem", text)
}

func objects(o *store.Objection) web.Message {
	return phrase("problem.import."+string(o.Reason), o.Args)
}

func mistaken(m *codebook.Mistake) web.Message {
	return phrase("codebook_file."+string(m.Kind), m.Args)
}

// phrase is the message of key with its places {a}, {b} and so on filled.
func phrase(key string, args []any) web.Message {
	pairs := []any{}
	for i, arg := range args {
		pairs = append(pairs, string(rune('a'+i)), word(arg))
	}
	return web.Say(key, pairs...)
}

// word is an argument of a sentence: words of the program are said in the
// reader's language, all else stands as it is.
func word(arg any) any {
	switch a := arg.(type) {
	case codebook.Term:
		return web.Say("codebook_term." + string(a))
	case codebook.Hint:
		if a == "" {
			return ""
		}
		return web.Say("codebook_word.hint", "word", string(a))
	case codebook.Instead:
		if a == "" {
			return web.Say("codebook_word.ends")
		}
		return web.Say("codebook_word.instead", "word", string(a))
	}
	return fmt.Sprint(arg)
}
