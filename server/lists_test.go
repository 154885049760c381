package server_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/server/store/storetest"
)

func TestListIsReplaced(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	if got := daan.get(studyPath + "/lists/part"); !strings.Contains(got.body, "grade has no value anywhere") {
		t.Errorf("the page does not say that the attribute is not set")
	}
	const list = "code;label_nl;label_en;grade\nchain;Ketting;Chain;gold\nbrake;Rem;Brake;\nlamp;Lamp;Lamp;silver\nbell;Bel;Bell;gold\n"
	if got := daan.upload(studyPath+"/lists/part", "", "part.csv", list); got.status != http.StatusSeeOther {
		t.Fatalf("the list is replaced with %d: %s", got.status, between(got.body, `role="alert"`, "</section>"))
	}
	book, err := s.Store.Codebook(context.Background(), storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range book.CodeLists {
		if l.ID == "part" && (len(l.Entries) != 4 || l.Entries[3].Label.NL != "Bel" || l.Entries[0].Attributes["grade"] != "gold") {
			t.Errorf("the list became %+v", l.Entries)
		}
	}
	if got := daan.get(studyPath + "/lists/part"); !strings.Contains(got.body, "Bell") {
		t.Errorf("the page does not show the new list")
	}
}

func TestListRefusesBadFiles(t *testing.T) {
	s := open(t)
	daan := s.visit(t, "daan")
	const header = "code,label_nl,label_en,grade\n"
	const rest = "brake,Rem,Brake,\nlamp,Lamp,Lamp,\n"
	for _, test := range []struct{ name, file, content, want string }{
		{"no file", "", "", "Choose a file"},
		{"empty", "part.csv", "", "0 bytes"},
		{"no label", "part.csv", header + "chain,,Chain,\n" + rest, "part.csv:2: label_nl"},
		{"twice", "part.csv", header + "chain,Ketting,Chain,\nchain,Ketting,Chain,\n" + rest, "part.csv:3: code"},
		{"year", "part.csv", "code,label_nl,label_en,valid_from\nchain,Ketting,Chain,soon\nbrake,Rem,Brake,\nlamp,Lamp,Lamp,\n", "part.csv:2: valid_from"},
		{"code gone", "part.csv", header + rest, "code chain"},
		{"successor", "part.csv", "code,label_nl,label_en,successor\nchain,Ketting,Chain,rope\nbrake,Rem,Brake,\nlamp,Lamp,Lamp,\n", "rope"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := daan.upload(studyPath+"/lists/part", "", test.file, test.content)
			if got.status != http.StatusUnprocessableEntity || !strings.Contains(got.body, test.want) {
				t.Errorf("answered %d without %q: %s", got.status, test.want, between(got.body, `role="alert"`, "</section>"))
			}
		})
	}
	for _, got := range []answer{daan.get(studyPath + "/lists/none"), daan.upload(studyPath+"/lists/none", "", "x.csv", header+rest)} {
		if got.status != http.StatusNotFound {
			t.Errorf("a list that is not there answers %d, want 404", got.status)
		}
	}
}
