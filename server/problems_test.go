package server

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports/disclosure"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
	"github.com/dossierlens/dossierlens/web/i18n"
)

// Every kind of problem that the domain and the store know has a sentence in
// both languages, which takes the arguments that its English form takes.
func TestEveryProblemHasASentenceInBothLanguages(t *testing.T) {
	all, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	check := func(say web.Message, what string) {
		t.Helper()
		count++
		texts := map[string]string{}
		for _, lang := range i18n.Languages() {
			texts[lang] = say.In(all[lang])
			if strings.HasPrefix(texts[lang], "[") {
				t.Errorf("%s has no sentence in %s that fits", what, lang)
			}
		}
	}
	args := func(english string) []any {
		list := make([]any, strings.Count(strings.ReplaceAll(english, "%[1]s", ""), "%"))
		if strings.Contains(english, "%[1]s") {
			list = []any{1}
		}
		for i := range list {
			list[i] = fmt.Sprintf("argument%d", i)
		}
		return list
	}
	for kind, english := range codebook.MistakeKinds() {
		check(mistaken(&codebook.Mistake{Kind: kind, Args: args(english)}), "mistake "+string(kind))
	}
	for _, term := range codebook.Terms() {
		check(word(term).(web.Message), "term "+string(term))
	}
	for _, w := range []any{codebook.Hint("x"), codebook.Instead("x"), codebook.Instead("")} {
		check(word(w).(web.Message), fmt.Sprintf("%T", w))
	}
	for reason, english := range store.Reasons() {
		check(objects(&store.Objection{Reason: reason, Args: args(english)}), "objection "+string(reason))
	}
	for _, reason := range intake.Reasons() {
		check(phrase("intake.problem."+string(reason), args(reason.Error())), "reason "+string(reason))
	}
	for _, kind := range intake.NoticeKinds() {
		check(web.SayN("intake.notice."+string(kind), 2, "encoding", "windows-1252"), "notice "+string(kind))
	}
	for _, kind := range disclosure.WarningKinds() {
		check(warning(disclosure.Warning{Kind: kind}), "warning "+string(kind))
	}
	for _, r := range refusals {
		check(refusal(&codebook.AnswerError{Err: r.err}), r.err.Error())
	}
	if count < 200 {
		t.Errorf("only %d sentences were looked at", count)
	}
}

// A problem that has no sentence is not shown in whatever words it has.
func TestUnknownErrorsAreNoSentences(t *testing.T) {
	if text, ok := sentence(errors.New("disk on fire")); ok {
		t.Errorf("an error of the program became %v", text)
	}
}
