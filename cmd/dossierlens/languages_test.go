package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/dossierlens/dossierlens/web/i18n"
)

// tongues are the messages of both languages.
var tongues = sync.OnceValues(i18n.Load)

// words are what a page says, one a piece: its texts and the labels that are
// read aloud. Codes are left out, and what is marked as another language.
func words(b *tab) []string {
	b.t.Helper()
	return eval[[]string](b, `(() => {
		const said = []
		const skip = "script, style, code, pre, template, [lang]:not(html)"
		const walk = document.createTreeWalker(document, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT)
		for (let n = walk.nextNode(); n; n = walk.nextNode()) {
			const e = n.nodeType === 3 ? n.parentElement : n
			if (e.closest(skip)) continue
			if (n.nodeType === 3) said.push(n.data)
			else for (const a of ["title", "aria-label", "alt", "placeholder"]) if (e.hasAttribute(a)) said.push(e.getAttribute(a))
		}
		return said.map((s) => s.replace(/\s+/g, " ").trim()).filter((s) => s !== "")
	})()`)
}

var (
	leakedKey = regexp.MustCompile(`\b[a-z_]+(\.[a-z_]+)+\b`)
	// Words that Dutch does not have. The other way round they tell nothing:
	// the case files of the demo are in Dutch whoever reads them.
	onlyEnglish = regexp.MustCompile(`(?i)\b(the|which|cannot|does|with|were|from|this|that|your|has been)\b`)
)

// strangers returns what of a page in lang is not in that language: messages
// of the other one, keys of messages, and in Dutch words that are English.
func strangers(t *testing.T, lang string, said []string) (list []string) {
	t.Helper()
	all, err := tongues()
	if err != nil {
		t.Fatal(err)
	}
	other := "en"
	if lang == "en" {
		other = "nl"
	}
	own := map[string]bool{}
	for _, who := range demoPeople {
		own[who.login] = true // a role, in Dutch
	}
	for _, key := range all[lang].Keys() {
		own[all[lang].T(key)] = true
	}
	foreign := map[string]string{}
	for _, key := range all[other].Keys() {
		if text := all[other].T(key); len(text) > 8 && !own[text] && !strings.HasPrefix(text, "[") {
			foreign[text] = key
		}
	}
	for _, s := range said {
		if key, ok := foreign[s]; ok {
			list = append(list, fmt.Sprintf("%q is message %s of the other language", s, key))
			continue
		}
		for _, key := range leakedKey.FindAllString(s, -1) {
			if slices.Contains(all["nl"].Keys(), key) {
				list = append(list, fmt.Sprintf("%q has the key %s", s, key))
			}
		}
		if w := onlyEnglish.FindString(s); w != "" && lang == "nl" {
			list = append(list, fmt.Sprintf("%q has %q", s, w))
		}
	}
	return list
}

// The check itself finds what it is made for.
func TestStrangers(t *testing.T) {
	all, err := tongues()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		lang, said string
		want       bool
	}{
		{"nl", all["en"].T("audit.none"), true},
		{"en", all["nl"].T("audit.none"), true},
		{"nl", all["nl"].T("audit.none"), false},
		{"nl", "zie [audit.none]", true},
		{"nl", "case D-01: the case is not available", true},
		{"nl", "dossier D-01: dit is niet beschikbaar", false},
		{"en", "case D-01 cannot be coded", false},
	} {
		if got := strangers(t, c.lang, []string{c.said}); (len(got) > 0) != c.want {
			t.Errorf("%q on a page in %s: found %v, want a finding: %v", c.said, c.lang, got, c.want)
		}
	}
}
