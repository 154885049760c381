package server_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

// The description of the API is made from the routes, names each with what it
// does, and every reference in it leads somewhere.
func TestOpenAPI(t *testing.T) {
	s := open(t)
	got := s.visit(t, "").get("/api/v1/openapi.json")
	if got.status != http.StatusOK {
		t.Fatalf("the description answers %d", got.status)
	}
	var doc struct {
		OpenAPI    string
		Paths      map[string]map[string]struct{ Summary string }
		Components struct{ Schemas map[string]any }
	}
	if err := json.Unmarshal([]byte(got.body), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("openapi = %q", doc.OpenAPI)
	}
	described := 0
	for path, methods := range doc.Paths {
		for method, op := range methods {
			described++
			if op.Summary == "" {
				t.Errorf("%s %s is not described", strings.ToUpper(method), path)
			}
		}
	}
	routes := 0
	for _, r := range s.server.Routes() {
		if strings.HasPrefix(r.Path, "/api/") {
			routes++
		}
	}
	if described != routes || routes < 10 {
		t.Errorf("%d operations for %d routes", described, routes)
	}
	for _, m := range regexp.MustCompile(`#/components/schemas/(\w+)`).FindAllStringSubmatch(got.body, -1) {
		if doc.Components.Schemas[m[1]] == nil {
			t.Errorf("there is no schema %s", m[1])
		}
	}
}

// The counts are for this machine alone and hold patterns, not pseudonyms.
func TestMetrics(t *testing.T) {
	s := open(t)
	s.visit(t, "lena").get("/s/bicycles/cases/B-01")
	got := s.visit(t, "").get("/metrics")
	if got.status != http.StatusOK || !strings.Contains(got.body, `route="/s/:study/cases/:case"`) || strings.Contains(got.body, "B-01") {
		t.Errorf("metrics answer %d: %.300s", got.status, got.body)
	}
	r, err := http.NewRequest("GET", s.url+"/metrics", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Forwarded-For", "192.0.2.1")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusNotFound {
		t.Errorf("metrics through a proxy answer %d, want 404", res.StatusCode)
	}
	for _, from := range []string{"192.0.2.1:4000", "[2001:db8::1]:4000", "10.0.0.1:4000", "nowhere"} {
		r := httptest.NewRequest("GET", "/metrics", nil)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		s.server.ServeHTTP(w, r)
		if w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "dossierlens_") {
			t.Errorf("metrics asked for from %s answer %d, want 404", from, w.Code)
		}
	}
}
