package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// A study is one assignment in memory, behind the routes that the coding page
// calls. It keeps to the shapes of the API, not to its rules: the real ones
// are tested where they live. Routing has one rule, checks have one.
type study struct {
	pages *Pages
	lang  string
	mu    sync.Mutex

	coding    map[string]any
	docs      []CodingDocument
	texts     map[int64]string
	variables []map[string]any

	answers  map[string]map[string]any
	history  map[string][]map[string]any
	passages []map[string]any
	gone     map[int64]map[string]any
	nextID   int64
	status   string
	onSite   bool
	place    row  // where the coder left, as the page told
	later    bool // only the text to begin with comes with the page
	down     bool // the line is cut
	loseAck  bool // the answer is stored and the line is cut after it
	saves    int

	comments   []map[string]any
	flags      map[string]bool
	seconds    int // of work, as the page told
	precedents []map[string]any
}

type row = map[string]any

func variable(id, number, label, question string, more row) row {
	v := row{"id": id, "number": number, "label": label, "question": question, "type": "single", "missing": []string{"NR", "DM", "UC"}, "evidence": "optional", "burden": "factual", "core": true, "locked": false,
		"instruction": "Kies wat het dossier aantoont, niet wat aannemelijk is. Een voornemen is nog geen uitvoering.", "example": "“Het plan ligt bij moeder en is op dag 30 nagelopen” is een apart document dat actueel is gehouden."}
	for k, x := range more {
		v[k] = x
	}
	return v
}

func options(pairs ...string) []row {
	var out []row
	for _, p := range pairs {
		code, label, _ := strings.Cut(p, "=")
		out = append(out, row{"code": code, "label": label})
	}
	return out
}

var yesNo = options("ja=Ja", "deels=Gedeeltelijk", "nee=Nee")

// newStudy makes a case like those of the field: synthetic, in Dutch, with
// every type of variable.
func newStudy(p *Pages) *study {
	s := &study{pages: p, lang: "nl", texts: map[int64]string{}, answers: map[string]map[string]any{}, history: map[string][]map[string]any{}, gone: map[int64]map[string]any{}, flags: map[string]bool{}, nextID: 100, status: "open"}
	regions := []string{"VT07=Gooi en Vechtstreek", "VT27=Oost-Brabant"}
	for i := range 10 {
		regions = append(regions, fmt.Sprintf("VT%02d=Regio %d", 10+i, 10+i))
	}
	sections := []row{
		section("bg", "Achtergrond", 1,
			variable("bg_regio", "1.1", "Veilig Thuis-regio", "In welke Veilig Thuis-regio is de indexmelding gedaan?", row{"options": options(regions...), "missing": []string{}, "evidence": "none", "locked": true}),
			variable("bg_bron", "1.2", "Bronorganisatie", "Van welke organisatie komt het dossier?", row{"options": options("vt=Veilig Thuis", "lokaal=Lokaal (wijk)team", "gi=Gecertificeerde instelling", "keten=Samengevoegd ketendossier"), "evidence": "none"}),
			variable("bg_kinderen", "1.3", "Aantal kinderen", "Hoeveel minderjarige kinderen horen tot het gezin?", row{"type": "number", "min": 0, "max": 15, "unit": "kinderen"}),
			variable("bg_melding", "1.4", "Datum van de melding", "Wanneer is de indexmelding gedaan?", row{"type": "date", "precision": "day"}),
			variable("bg_leefgebieden", "1.5", "Leefgebieden", "Op welke leefgebieden spelen problemen?", row{"type": "multi", "options": options("inkomen=Inkomen en schulden", "wonen=Wonen", "psychisch=Psychische gezondheid", "middelen=Middelengebruik", "relatie=Relatie en scheiding", "geen=Geen van deze"), "exclusive": []string{"geen"}})),
		section("tg", "Taxatie en beoordeling", 2,
			variable("tg_taxatie", "2.1", "Aard van het geweld", "Hoe beoordeelt Veilig Thuis de aard van het geweld?", row{"options": options("incident=Incidenteel", "structureel=Structureel", "beide=Beide"), "evidence": "required"}),
			variable("tg_instrument", "2.2", "Instrument", "Is een instrument voor risicotaxatie gebruikt?", row{"options": yesNo, "evidence": "required"}),
			variable("tg_kind", "2.3", "Stem van het kind", "Is met het kind zelf gesproken vóór het besluit?", row{"options": yesNo, "evidence": "required", "burden": "judgement"}),
			variable("tg_dagen", "2.4", "Dagen tot besluit", "Hoeveel dagen lagen tussen melding en triagebesluit?", row{"type": "number", "min": 0, "max": 999, "unit": "dagen"})),
		section("vp", "Veiligheidsplan", 4,
			variable("vp_aanwezig", "3.1", "Veiligheidsplan aanwezig", "Is er een veiligheidsplan?", row{"options": options("apart=Apart document", "onderdeel=Onderdeel van ander plan", "verwezen=Ernaar verwezen", "nee=Nee", "beredeneerd=Nee, beredeneerd"), "evidence": "required"}),
			variable("vp_gebruik", "3.2", "Gebruikt", "Is het veiligheidsplan aantoonbaar gebruikt?", row{"options": yesNo, "evidence": "required", "burden": "judgement"}),
			variable("vp_actueel", "3.3", "Actueel gehouden", "Is het plan na de eerste versie bijgewerkt?", row{"options": yesNo}),
			variable("vp_ouders", "3.4", "Met ouders besproken", "Met wie is het plan besproken?", row{"type": "multi", "options": options("moeder=Moeder", "vader=Vader", "kind=Kind", "netwerk=Netwerk")}),
			variable("vp_toelichting", "3.5", "Bijzonderheden", "Wat valt op aan het plan?", row{"type": "text", "missing": []string{}, "evidence": "none"})),
		section("pr", "Procesregie", 5,
			variable("pr_belegd", "4.1", "Regie belegd", "Is vastgelegd wie de regie voert?", row{"options": yesNo, "evidence": "required"}),
			variable("pr_actief", "4.2", "Regie actief", "Is de regie aantoonbaar gevoerd?", row{"options": yesNo, "burden": "judgement"}),
			variable("pr_dagen", "4.3", "Dagen tot regie", "Na hoeveel dagen was de regie belegd?", row{"type": "number", "min": 0, "max": 999, "unit": "dagen"})),
		section("tr", "Trauma", 7,
			variable("tr_signaal", "5.1", "Signalen van trauma", "Zijn signalen van trauma bij het kind genoemd?", row{"options": yesNo, "evidence": "required", "burden": "judgement"}),
			variable("tr_screening", "5.2", "Screening", "Is op trauma gescreend?", row{"options": yesNo}),
			variable("tr_hulp", "5.3", "Hulp gestart", "Is traumahulp gestart?", row{"options": options("ja=Ja", "wachtlijst=Op wachtlijst", "nee=Nee")})),
		section("oo", "Opnieuw onveiligheid", 8,
			variable("oo_opnieuw", "6.1", "Opnieuw onveilig", "Is binnen twaalf maanden opnieuw onveiligheid vastgesteld?", row{"options": yesNo, "evidence": "required"}),
			variable("oo_eerste_dagen", "6.2", "Dag van eerste nieuwe onveiligheid", "Op welke dag werd dat voor het eerst vastgelegd?", row{"type": "number", "min": 0, "max": 999, "unit": "dagen"}),
			variable("oo_hersteld_dagen", "6.3", "Dag van herstel", "Op welke dag was de veiligheid hersteld?", row{"type": "number", "min": 0, "max": 999, "unit": "dagen"})),
	}
	for _, sec := range sections {
		s.variables = append(s.variables, sec["variables"].([]row)...)
	}
	documents := []row{}
	for i, d := range []struct {
		kind, label string
		day         int
	}{{"vt_melding", "Melding", 0}, {"vt_triage", "Triage", 5}, {"overdracht", "Overdrachtsdocument", 21}, {"mdo", "Verslag MDO", 60}, {"monitor", "Monitorgesprek", 98}, {"afsluiting", "Afsluiting", 180}} {
		id := int64(31 + i)
		s.texts[id] = caseText(i)
		day := d.day
		s.docs = append(s.docs, CodingDocument{ID: id, Title: d.label, Day: &day, Paragraphs: Paragraphs(s.texts[id])})
		pages := []int{0}
		if i == 2 {
			pages = []int{0, 1500, 3000}
		}
		documents = append(documents, row{"id": id, "number": i + 1, "type": d.kind, "type_label": d.label, "title": "", "day": d.day, "chars": len([]rune(s.texts[id])), "pages": pages})
	}
	s.coding = row{
		"lang": "nl", "assignment": 12, "read_only": false, "core_only": false,
		"case":           row{"id": "C-0142", "region": "VT07", "region_label": "Gooi en Vechtstreek", "period": "2025-H1", "round": "Productie 1", "on_site": false},
		"documents":      documents,
		"document_types": []row{{"code": "vt_melding", "label": "VT: meldingsformulier"}, {"code": "mdo", "label": "Verslag MDO"}},
		"missing": []row{
			{"code": "NR", "label": "Niet in dossier", "rule": "Het dossierdeel is gelezen en bevat er niets over.", "needs_note": false, "key": "n"},
			{"code": "DM", "label": "Deel ontbreekt", "rule": "Het dossierdeel is niet aangeleverd.", "needs_note": false, "key": "d"},
			{"code": "UC", "label": "Onduidelijk", "rule": "Het dossier spreekt zichzelf tegen.", "needs_note": true, "key": "u"},
		},
		"sections": sections,
	}
	s.answers["bg_regio"] = row{"value": "VT07", "missing": nil, "note": "", "version": 1, "at": "2026-11-23T09:00:00Z"}
	return s
}

func section(id, label string, hue int, variables ...row) row {
	return row{"id": id, "label": label, "hue": hue, "variables": variables}
}

// caseText is a made-up document of some 600 words, with what is hard to
// count in it: emoji, combining marks, other scripts.
func caseText(i int) string {
	voices := []string{
		"De melder, een buurvrouw, hoorde op de avond van de melding geschreeuw en iets dat viel. Zij zag het oudste kind op de galerij staan, zonder jas. Zij belde aan; de deur bleef dicht. Later die avond stond de politie voor de deur en werd het rustig.",
		"De medewerker van Veilig Thuis sprak moeder op kantoor. Moeder vertelt dat het vaker voorkomt, ‘als er post komt’. De afspraken zijn op dag 14 met beide ouders doorgenomen. Het veiligheidsplan ligt bij moeder en is op dag 30 en dag 60 nagelopen. Op school is een kopie in bewaring gegeven.",
		"De leerkracht ziet dat het kind stiller is geworden. Het tekent huizen zonder ramen en schrikt van de bel. In een briefje stond 👩‍👧 met een hartje. De intern begeleider heeft dat met moeder besproken; vader was daar niet bij.",
		"In het overleg van alle betrokkenen is afgesproken dat het wijkteam de regie voert. De regisseur belt wekelijks met beide ouders en legt vast wie wat doet. Stagnatie wordt binnen twee weken naar het casusoverleg gebracht.",
		"De therapeut schrijft dat het kind signalen van trauma laat zien: slecht slapen, herbeleven, wegblijven van het schoolplein. Een screening is afgenomen met de ouder-kindvragenlijst. Behandeling begint zodra de thuissituatie dat toelaat. Cafe\u0301bezoek met de oma, eens in de week, doet het kind goed.",
		"Vader zegt dat hij de afspraken kent en dat hij ‘het anders wil’. Hij volgt sinds een maand een training en komt elke week. De reclassering bevestigt dat. Met de grootmoeder, die thuis ook Arabisch spreekt (السلام عليكم), is het netwerkplan gemaakt.",
		"Uit het politiebericht:\n- om 21.40 uur aangekomen;\n- beide ouders gescheiden gesproken;\n- kinderen sliepen, niet gesproken.",
		"Bij het monitorgesprek na drie maanden zijn geen nieuwe meldingen bekend. Moeder zegt zich veiliger te voelen. Het kind is niet apart gesproken. De regisseur stelt voor het plan nog één keer samen na te lopen en dan af te sluiten.",
	}
	var b strings.Builder
	for k := range 14 {
		fmt.Fprintf(&b, "%s\n\n", voices[(k*3+i*5)%len(voices)])
	}
	return b.String()
}

// routing closes 3.2 and 3.3 unless 3.1 says that there is a plan.
func (s *study) routing() row {
	out := row{}
	parent := s.answers["vp_aanwezig"]
	if parent == nil {
		return out
	}
	for _, id := range []string{"vp_gebruik", "vp_actueel"} {
		rule := row{"asked": false, "missing": "NA", "inherited": false, "because": []string{"vp_aanwezig"}}
		if a := s.answers[id]; a != nil {
			rule["aside"] = row{"value": a["value"], "missing": a["missing"]}
		}
		switch {
		case parent["missing"] != nil:
			rule["missing"], rule["inherited"] = parent["missing"], true
			out[id] = rule
		case parent["value"] != nil && parent["value"] != "apart" && parent["value"] != "onderdeel":
			out[id] = rule
		}
	}
	return out
}

func (s *study) findings() []row {
	first, healed := figure(s.answers["oo_eerste_dagen"]), figure(s.answers["oo_hersteld_dagen"])
	if first >= 0 && healed >= 0 && healed < first {
		return []row{{"check": "K02", "severity": "error", "message": "Het herstel ligt vóór de nieuwe onveiligheid.", "variables": []string{"oo_eerste_dagen", "oo_hersteld_dagen"}}}
	}
	return []row{}
}

func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func figure(a row) int {
	if v, ok := a["value"].(string); ok {
		return atoi(v)
	}
	return -1
}

func (s *study) page(t testing.TB) []byte {
	s.coding["lang"], s.coding["status"] = s.lang, s.status
	passages := s.passages
	if passages == nil {
		passages = []row{}
	}
	s.coding["state"] = row{"answers": s.answers, "routing": s.routing(), "findings": s.findings(), "passages": passages, "comments": slices.Clone(s.comments), "flags": slices.Sorted(maps.Keys(s.flags))}
	data := CodingPage{Frame: signedIn, Case: "C-0142", Region: "VT07 Gooi en Vechtstreek", Period: "2025-H1", Round: "Productie 1", Back: Link{Href: "/", Label: Say("home.title")}, Documents: slices.Clone(s.docs), Coding: s.coding}
	s.coding["place"] = s.place
	for i, d := range data.Documents {
		if begin := s.place["document"]; s.later && (begin == nil && i > 0 || begin != nil && begin != float64(d.ID)) {
			data.Documents[i].Paragraphs, data.Documents[i].Later = nil, true
		}
	}
	data.Theme, data.Flash = "", Message{}
	if s.onSite {
		s.coding["case"].(row)["on_site"] = true
		s.coding["documents"], data.Documents, data.OnSite = []row{}, nil, true
	}
	b, err := s.pages.Render(s.lang, "coding", data)
	if err != nil {
		t.Error(err)
	}
	return b
}

// serve answers the page's requests until the test ends.
func (s *study) serve(t testing.TB) *httptest.Server {
	mux := http.NewServeMux()
	static, hash := s.pages.Static()
	assets := http.StripPrefix("/static/"+hash+"/", http.FileServerFS(static))
	mux.HandleFunc("GET /static/"+hash+"/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
		assets.ServeHTTP(w, r)
	})
	mux.HandleFunc("GET "+otherPath, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><link rel=icon href=data:,><title>Dossiers</title>")
	})
	mux.HandleFunc("GET /code/12", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", Policy)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.Write(s.page(t))
	})
	const api = "/api/v1/assignments/12"
	mux.HandleFunc("GET "+api+"/texts", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-ndjson")
		for _, d := range s.docs {
			w.Write(d.Line())
		}
	})
	mux.HandleFunc("PUT "+api+"/place", func(w http.ResponseWriter, r *http.Request) {
		var place row
		json.NewDecoder(r.Body).Decode(&place)
		s.place = place
		w.WriteHeader(204)
	})
	mux.HandleFunc("PUT "+api+"/answers/{variable}", s.putAnswer)
	mux.HandleFunc("GET "+api+"/answers/{variable}/history", func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, append([]row{}, s.history[r.PathValue("variable")]...))
	})
	mux.HandleFunc("POST "+api+"/passages", s.postPassage)
	mux.HandleFunc("DELETE "+api+"/passages/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := int64(atoi(r.PathValue("id")))
		for i, p := range s.passages {
			if p["id"] == id {
				s.gone[id] = p
				s.passages = slices.Delete(s.passages, i, i+1)
				break
			}
		}
		w.WriteHeader(204)
	})
	mux.HandleFunc("POST "+api+"/passages/{id}/restore", func(w http.ResponseWriter, r *http.Request) {
		p := s.gone[int64(atoi(r.PathValue("id")))]
		s.passages = append(s.passages, p)
		reply(w, 200, p)
	})
	s.serveBeside(mux, api)
	mux.HandleFunc("POST /api/v1/screen", func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, row{"message": "", "findings": []row{}})
	})
	mux.HandleFunc("POST /api/v1/deleted", func(w http.ResponseWriter, r *http.Request) {
		reply(w, 200, row{"documents": []int{}, "erased": []int{}})
	})
	mux.HandleFunc("POST "+api+"/submit", func(w http.ResponseWriter, r *http.Request) {
		s.status = "submitted"
		reply(w, 200, row{"status": s.status})
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.down && strings.HasPrefix(r.URL.Path, "/api/") {
			panic(http.ErrAbortHandler) // as a line that is cut
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return server
}

func (s *study) putAnswer(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Value, Missing *string
		Note           string
		Searched       []string
		Version        int
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		reply(w, 400, row{"detail": err.Error()})
		return
	}
	id := r.PathValue("variable")
	if s.status == "submitted" {
		reply(w, 423, row{"detail": "ingediend"})
		return
	}
	current, version := s.answers[id], 0
	if current != nil {
		version = current["version"].(int)
	}
	mine := row{"value": body.Value, "missing": body.Missing, "note": body.Note, "searched": body.Searched, "version": version + 1, "at": time.Date(2026, 11, 23, 14, 3, s.saves%60, 0, time.UTC).Format(time.RFC3339)}
	for _, k := range []string{"value", "missing"} {
		if p := mine[k].(*string); p == nil {
			mine[k] = nil
		} else {
			mine[k] = *p
		}
	}
	same := current != nil && current["value"] == mine["value"] && current["missing"] == mine["missing"] && current["note"] == mine["note"] && fmt.Sprint(current["searched"]) == fmt.Sprint(mine["searched"])
	switch {
	case mine["value"] == "999":
		reply(w, 422, row{"detail": "past niet", "errors": []row{{"field": "value", "detail": "Zo lang duurt geen dossier."}}})
		return
	case same && body.Version == version-1:
		mine = current
	case body.Version != version:
		reply(w, 409, row{"current": current, "yours": mine})
		return
	default:
		s.answers[id] = mine
		s.history[id] = append(s.history[id], mine)
		s.saves++
	}
	if s.loseAck {
		panic(http.ErrAbortHandler)
	}
	reply(w, 200, row{"version": mine["version"], "at": mine["at"], "state": row{"routing": s.routing(), "findings": s.findings()}})
}

func (s *study) postPassage(w http.ResponseWriter, r *http.Request) {
	var p row
	d := json.NewDecoder(r.Body)
	if err := d.Decode(&p); err != nil {
		reply(w, 400, row{"detail": err.Error()})
		return
	}
	if id, ok := p["document"].(float64); ok {
		runes := []rune(s.texts[int64(id)])
		from, to := int(p["start"].(float64)), int(p["end"].(float64))
		if to > len(runes) || string(runes[from:to]) != p["quote"] {
			reply(w, 422, row{"detail": "de tekst is anders", "errors": []row{}})
			return
		}
	}
	if words, _ := p["paraphrase"].(string); strings.Contains(words, "06-") {
		reply(w, 422, row{"detail": "past niet", "errors": []row{{"field": "paraphrase", "detail": "Hierin staat een telefoonnummer."}}})
		return
	}
	for _, k := range []string{"document", "start", "end"} {
		if p[k] == nil {
			p[k] = 0.0
		}
	}
	s.nextID++
	p["id"] = s.nextID
	s.passages = append(s.passages, p)
	reply(w, 201, p)
}

func reply(w http.ResponseWriter, status int, body any) {
	kind := "application/json"
	if status >= 400 && status != 409 {
		kind = "application/problem+json"
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
