package server_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/server/store/storetest"
)

// What anna says about a case, in words that nothing else says.
const (
	secretRemark = "zwaluwstaart"
	secretNote   = "kneukelbrood"
	secretQuote  = "loose too. 🚲 Née"
	secretAsked  = "kattenstaart" // by anna to the lead
	secretOwn    = "bitterzoet"   // by anna to herself
	secretReply  = "duizendblad"  // by the lead to anna
	secretRemind = "engelwortel"  // by the lead, sending anna's coding back
)

// blindWorld has a case that anna handed in and bert is coding.
func blindWorld(t *testing.T) (s *site, anna, bert annotations.Assignment) {
	t.Helper()
	s = open(t)
	ctx := context.Background()
	anna = s.Code(t, "B-02", "anna", map[string]string{"remark": secretRemark, "quality": "poor"})
	anna = s.Assign(t, "B-01", "anna")
	for variable, value := range map[string]string{"remark": secretRemark, "damage": "yes_slight"} {
		e := annotations.Entry{Variable: variable, Answer: codebook.Answer{Value: value}, Note: secretNote}
		if variable == "remark" {
			e.Note = secretNote
		}
		if _, err := s.Store.SaveAnswer(ctx, s.People["anna"], anna.ID, e); err != nil {
			t.Fatal(err)
		}
	}
	docs, err := s.Store.Documents(ctx, anna.Case.Key)
	if err != nil {
		t.Fatal(err)
	}
	start, end, err := annotations.Locate(docs[0].Text, secretQuote)
	if err != nil {
		t.Fatal(err)
	}
	p := annotations.Passage{Variable: "damage", Document: docs[0].Key, Start: start, End: end, Quote: secretQuote}
	if _, err := s.Store.AddPassage(ctx, s.People["anna"], anna.ID, p); err != nil {
		t.Fatal(err)
	}
	for kind, text := range map[annotations.CommentKind]string{annotations.AskLead: secretAsked, annotations.OwnNote: secretOwn} {
		m := annotations.Comment{Key: string(kind), Kind: kind, Variable: "damage", Text: text}
		if m, err = s.Store.AddComment(ctx, s.People["anna"], anna.ID, m); err != nil {
			t.Fatal(err)
		}
		if kind == annotations.AskLead {
			if _, err := s.Store.Reply(ctx, s.People["lena"], m.ID, secretReply); err != nil {
				t.Fatal(err)
			}
		}
	}
	bert = s.Assign(t, "B-01", "bert")
	return s, anna, bert
}

// fill puts real values in the place of a route's parameters; assignment is
// whose coding is asked for.
func fill(path string, assignment int64, variable string) string {
	return strings.NewReplacer(":study", storetest.Study, ":case", "B-01", ":assignment", fmt.Sprint(assignment), ":variable", variable,
		":passage", "3", ":indicator", "ind_repair", ":document", "1", ":list", "part", ":user", "2", ":token", "none", ":format", "csv",
		":job", "1", ":release", "1", ":comment", "1").Replace(path)
}

// No page, count, search, API answer, error or export tells a coder what
// another coder answered on a case before the lead opened the comparison.
func TestInvariant3ACoderNeverSeesAnotherCoding(t *testing.T) {
	s, anna, bert := blindWorld(t)
	ctx := context.Background()
	// Another case of anna's is sent back with a comment, and bert has it too.
	handed := s.Code(t, "B-03", "anna", nil)
	if err := s.Store.Return(ctx, s.People["lena"], storetest.Study, handed.ID, annotations.Comment{Variable: "damage", Text: secretRemind}); err != nil {
		t.Fatal(err)
	}
	s.Assign(t, "B-03", "bert")
	v := s.visit(t, "bert")
	marks := []string{secretRemark, secretNote, secretAsked, secretOwn, secretReply, secretRemind}
	walked := 0
	for _, r := range s.server.Routes() {
		if r.Path == "/logout" || strings.HasPrefix(r.Path, "/login") || strings.HasPrefix(r.Path, "/account/password") {
			continue
		}
		for _, target := range []int64{anna.ID, bert.ID} {
			for _, variable := range []string{"remark", "damage"} {
				path := fill(r.Path, target, variable)
				var got answer
				switch r.Method {
				case "GET":
					got = v.get(path + "?q=" + secretRemark[:5] + "&find=" + secretRemark[:5])
				case "POST":
					got = v.post(path, url.Values{"case": {"B-01"}, "coder": {"anna"}, "value": {"x"}})
				default:
					got = v.send(r.Method, path, map[string]any{"value": "x", "version": 7}, nil)
				}
				walked++
				for _, m := range marks {
					if strings.Contains(got.body, m) {
						t.Errorf("%s %s shows bert %q of anna", r.Method, path, m)
					}
				}
				if target == anna.ID && strings.Contains(r.Path, ":assignment") && got.status != http.StatusNotFound && got.status != http.StatusForbidden && got.status != http.StatusBadRequest {
					t.Errorf("%s %s of anna answers bert %d", r.Method, path, got.status)
				}
				if got.status >= 500 {
					t.Errorf("%s %s answers %d", r.Method, path, got.status)
				}
			}
		}
	}
	if walked < 100 {
		t.Errorf("only %d requests were made", walked)
	}
	// Anna's passage stands in a document that bert reads; that it is marked
	// must not be seen.
	page := v.get(fmt.Sprintf("/code/%d", bert.ID))
	if page.status != http.StatusOK || strings.Contains(page.body, `"quote":`) {
		t.Errorf("bert's page answers %d and has passages: %v", page.status, strings.Contains(page.body, `"quote":`))
	}
}

// Every route refuses whom the table does not name, in the study and outside.
func TestRoutesFollowTheTable(t *testing.T) {
	s := open(t)
	a := s.Assign(t, "B-01", "anna")
	for login, who := range s.People {
		v := s.visit(t, login)
		for _, r := range s.server.Routes() {
			if r.Method != "GET" || r.Public || r.Act == "" {
				continue
			}
			got := v.get(fill(r.Path, a.ID, "damage"))
			study := ""
			if strings.Contains(r.Path, ":study") {
				study = storetest.Study
			}
			refused := got.status == http.StatusForbidden || got.status == http.StatusNotFound
			if may := who.May(r.Act, study); !may && !refused {
				t.Errorf("%s: GET %s answers %d, and the table does not grant %s", login, r.Path, got.status, r.Act)
			} else if may && got.status == http.StatusForbidden {
				t.Errorf("%s: GET %s is refused, and the table grants %s", login, r.Path, r.Act)
			}
			if got.status >= 500 {
				t.Errorf("%s: GET %s answers %d", login, r.Path, got.status)
			}
		}
	}
	nobody := s.visit(t, "")
	for _, r := range s.server.Routes() {
		if r.Public || r.Method != "GET" {
			continue
		}
		if got := nobody.get(fill(r.Path, a.ID, "damage")); got.status != http.StatusSeeOther && got.status != http.StatusUnauthorized {
			t.Errorf("nobody: GET %s answers %d", r.Path, got.status)
		}
	}
}

// What other studies hold looks as if it were not there.
func TestOtherStudyLooksAbsent(t *testing.T) {
	s := open(t)
	v := s.visit(t, "otto")
	for _, path := range []string{"/s/bicycles/cases", "/s/none/cases", "/s/bicycles/progress"} {
		if got := v.get(path); got.status != http.StatusNotFound {
			t.Errorf("otto: GET %s answers %d, want 404", path, got.status)
		}
	}
}

// The audit log is append-only, chained, holds reads, changes, logins and
// refusals, and no text of a case file.
func TestInvariant8AuditLog(t *testing.T) {
	s, anna, bert := blindWorld(t)
	ctx := context.Background()
	s.visit(t, "bert").get(fmt.Sprintf("/code/%d", bert.ID))
	s.visit(t, "bert").get("/s/bicycles/agreement")
	if got := s.visit(t, "").post("/login", url.Values{"username": {"bert"}, "password": {"wrong wrong wrong"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password answers %d", got.status)
	}
	acts := map[string]int{}
	for r, err := range s.Store.Records(ctx, "") {
		if err != nil {
			t.Fatal(err)
		}
		acts[r.Act]++
		for _, text := range []string{secretRemark, secretNote, secretQuote, secretAsked, secretOwn, secretReply, "bicycle came in"} {
			if strings.Contains(r.Detail+r.Object, text) {
				t.Errorf("row %d holds %q", r.Seq, text)
			}
		}
		if r.Act == "answer.save" && (r.Case == "" || r.Actor == 0 || r.Role != string(auth.Coder) || r.At == "") {
			t.Errorf("row %d lacks who, what or when: %+v", r.Seq, r)
		}
	}
	for _, want := range []string{"case.read", "answer.save", "passage.add", "coding.submit", "login", "login.failed", "refused", "cases.import", "case.assign"} {
		if acts[want] == 0 {
			t.Errorf("no %s in the log", want)
		}
	}
	if n, err := s.Store.CheckAudit(ctx); err != nil || n < 20 {
		t.Errorf("the chain of %d rows: %v", n, err)
	}
	_ = anna
}

// The program sends a strict policy and asks nobody else for anything.
func TestInvariant9CallsNobody(t *testing.T) {
	s, _, bert := blindWorld(t)
	v := s.visit(t, "bert")
	for _, path := range []string{"/login", "/", fmt.Sprintf("/code/%d", bert.ID), "/s/bicycles/codebook", "/nothing"} {
		got := v.get(path)
		csp := got.header.Get("Content-Security-Policy")
		if !strings.Contains(csp, "default-src 'none'") || strings.Contains(csp, "unsafe-") || strings.Contains(csp, "http") {
			t.Errorf("%s: policy %q", path, csp)
		}
		for _, outside := range []string{`src="http`, `href="http`, `src="//`, `href="//`, "url(http", "@import"} {
			if strings.Contains(got.body, outside) {
				t.Errorf("%s asks for something outside: %s", path, outside)
			}
		}
		if got.header.Get("Cache-Control") != "no-store" || got.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: headers %v", path, got.header)
		}
	}
}

// What another site sends is refused.
func TestCrossOrigin(t *testing.T) {
	s := open(t)
	v := s.visit(t, "anna")
	r, err := http.NewRequest("POST", s.url+"/logout", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	res, err := v.client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusForbidden {
		t.Errorf("a cross-site logout answers %d, want 403", res.StatusCode)
	}
	if got := v.get("/"); got.status != http.StatusOK {
		t.Errorf("anna is signed out: %d", got.status)
	}
}

// Throttling slows guessing down and tells nothing of which accounts exist.
func TestLoginIsThrottled(t *testing.T) {
	s := open(t)
	v := s.visit(t, "")
	var last answer
	for range 12 {
		last = v.post("/login", url.Values{"username": {"anna"}, "password": {"guess guess guess"}})
	}
	if last.status != http.StatusTooManyRequests {
		t.Errorf("the twelfth guess answers %d, want 429", last.status)
	}
}

// Whatever anybody does, at any route, the log says it in patterns of routes and
// numbers: no name or login of a person, no pseudonym, no word of a text, no
// secret and no address.
func TestLogHoldsNoPersonalData(t *testing.T) {
	s, anna, bert := blindWorld(t)
	setPolicy(t, s, func(p *store.AccessPolicy) { p.ConfirmMinutes = 240 })
	token := tokenFor(t, s, auth.ReadReleases)
	words := []string{"B-01", "B-02", secretRemark, secretNote, secretQuote, secretAsked, secretOwn, secretReply, "bicycle came in", storetest.Password, token, "127.0.0.1"}
	for login, who := range s.People {
		words = append(words, `"`+login+`"`, "="+login+" ", "="+login+"\n", who.Name)
	}
	form := url.Values{"case": {"B-01"}, "username": {"anna"}, "password": {storetest.Password}, "name": {"Name of anna"}, "reason": {secretReply}, "text": {secretNote}}
	for login := range s.People {
		v := s.visit(t, login)
		for _, r := range s.server.Routes() {
			if r.Path == "/logout" {
				continue
			}
			for _, id := range []int64{anna.ID, bert.ID} {
				path := fill(r.Path, id, "remark") + "?find=" + secretRemark + "&name=anna&with=B-01"
				switch {
				case r.Method == "POST" && !strings.HasPrefix(r.Path, "/api/"):
					v.post(path, form)
				case r.Method == "GET":
					v.get(path)
				default:
					v.send(r.Method, path, map[string]any{"value": secretNote, "note": secretNote, "version": 0, "text": secretAsked}, nil)
				}
			}
			if !v.in() {
				v = s.visit(t, login)
			}
		}
		v.with(token, "GET", "/api/v1/releases/latest?study=bicycles")
		for range 3 {
			s.visit(t, "").post("/login", url.Values{"username": {login}, "password": {secretRemark + secretNote}})
		}
	}
	log := s.log.String()
	if n := strings.Count(log, "msg=request"); n < 2000 {
		t.Fatalf("the log has only %d requests", n)
	}
	for _, word := range words {
		if i := strings.Index(log, word); i >= 0 {
			t.Errorf("the log holds %q: %.300s", word, log[max(0, i-150):])
		}
	}
}

// Logs hold route patterns and numbers, no pseudonyms and no words.
func TestLogHoldsNoContent(t *testing.T) {
	s, _, bert := blindWorld(t)
	v := s.visit(t, "lena")
	v.get("/s/bicycles/cases/B-01?find=" + secretRemark)
	s.visit(t, "bert").send("PUT", fmt.Sprintf("/api/v1/assignments/%d/answers/remark", bert.ID), map[string]any{"value": secretNote, "version": 0}, nil)
	for _, text := range []string{"B-01", secretRemark, secretNote, storetest.Password} {
		if strings.Contains(s.log.String(), text) {
			t.Errorf("the log holds %q", text)
		}
	}
	if !strings.Contains(s.log.String(), "/s/:study/cases/:case") {
		t.Error("the log has no route pattern")
	}
}
