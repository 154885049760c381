package store_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

func TestTwoPeopleMakeARelease(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	id := func(c string) string { return strings.Repeat(c, 16) }
	create := func(who, release, previous string) error {
		return w.Store.CreateRelease(ctx, w.People[who], store.Release{ID: id(release), Study: storetest.Study, Previous: previous, Terms: []byte(`{}`)},
			[]store.ReleaseFile{{Name: "observations.csv", SHA256: strings.Repeat("0", 64), Content: []byte(release)}})
	}
	check := func(what string, got, want error) {
		t.Helper()
		if !errors.Is(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	approve := func(who, release string) error {
		return w.Store.ApproveRelease(ctx, w.People[who], storetest.Study, id(release))
	}
	check("an observer creates", create("olga", "a", ""), annotations.ErrDenied)
	check("the lead creates", create("lena", "a", ""), annotations.ErrDenied)
	check("the monitor officer creates", create("mona", "a", ""), nil)
	check("again", create("mona", "a", ""), nil)
	check("another draft", create("mona", "b", ""), nil)
	check("the creator approves", approve("mona", "a"), store.ErrSamePerson)
	check("an observer approves", approve("olga", "a"), annotations.ErrDenied)
	check("the lead of another study approves", approve("otto", "a"), annotations.ErrDenied)
	check("nobody's draft", approve("lena", "f"), annotations.ErrNotFound)
	check("the lead approves", approve("lena", "a"), nil)
	check("twice", approve("lena", "a"), store.ErrApproved)
	check("the draft that was overtaken", approve("lena", "b"), store.ErrOvertaken)
	check("the next", create("mona", "c", id("a")), nil)
	check("its approval", approve("lena", "c"), nil)

	list, err := w.Store.Releases(ctx, storetest.Study)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, r := range list {
		got[r.ID[:1]] = r.Head
	}
	if len(list) != 3 || got["a"] || got["b"] || !got["c"] {
		t.Errorf("of %d releases the newest approved is %v, want c of 3", len(list), got)
	}
	if list, err := w.Store.Releases(ctx, storetest.Other); err != nil || len(list) != 0 {
		t.Errorf("the other study has releases %v, %v", list, err)
	}
}

// A token for codings goes no further than who made it: it gives none any more
// when they leave the study. Releases are for whoever was given them.
func TestTokensOfWhoLeft(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	token, err := w.Store.NewToken(ctx, w.People["lena"], storetest.Study, "the script", time.Hour, auth.ExportCodings, auth.ReadReleases)
	if err != nil {
		t.Fatal(err)
	}
	may := func(codings bool) {
		t.Helper()
		program, err := w.Store.TokenActor(ctx, token)
		if err != nil || program.May(auth.ExportCodings, storetest.Study) != codings || !program.May(auth.ReadReleases, storetest.Study) {
			t.Errorf("the program may %v, %v; want codings %v, and releases", program.Scopes, err, codings)
		}
	}
	may(true)
	if err := w.Store.RemoveMember(ctx, w.People["beheer"], storetest.Study, w.People["lena"].ID, auth.Lead); err != nil {
		t.Fatal(err)
	}
	may(false)
}

func TestTokensEnd(t *testing.T) {
	w := storetest.Open(t)
	ctx := context.Background()
	token, err := w.Store.NewToken(ctx, w.People["lena"], storetest.Study, "the monitor", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	program, err := w.Store.TokenActor(ctx, token)
	if err != nil {
		t.Fatal(err)
	}
	if !program.May(auth.ReadReleases, storetest.Study) || program.May(auth.ReadReleases, storetest.Other) || program.May(auth.SeeIndicators, storetest.Study) {
		t.Errorf("the program may %v", program.Scopes)
	}
	w.Clock.Add(2 * time.Hour)
	if _, err := w.Store.TokenActor(ctx, token); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("an expired token: %v, want not found", err)
	}
	if err := w.Store.RevokeToken(ctx, w.People["otto"], storetest.Other, 1); !errors.Is(err, annotations.ErrNotFound) {
		t.Errorf("revoking the token of another study: %v, want not found", err)
	}
}
