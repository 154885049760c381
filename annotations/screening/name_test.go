package screening

import (
	"errors"
	"strings"
	"testing"
)

func TestScanNames(t *testing.T) {
	check := func(text, want string) {
		t.Helper()
		if got := scanned(t, &Screener{}, text); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	// titles
	check("Gesproken met mevrouw Plompert.", "name:Plompert")
	check("dhr. J.P. van der Plomp-Zwieb was er", "name:J.P. van der Plomp-Zwieb")
	check("de heer El Amrani", "name:El Amrani")
	check("mr. dr. A. de Vries", "name:A. de Vries")
	check("mevr. jansen belde", "name:jansen")
	check("MEVROUW JANSEN", "name:JANSEN")
	check("mevrouw [MOEDER] en meneer", "")
	check("Gebeld met mevrouw. Nacht was goed.", "")
	check("mevrouw De Wit", "name:De Wit")
	check("dhr./mw. Plompert", "name:Plompert")
	// initials, and what looks like them
	check("ondertekend door A.B. Plompert", "name:A.B. Plompert")
	check("volgens Th. Plompert", "name:Th. Plompert")
	check("Jansen, J.P. tekende", "name:Jansen, J.P.")
	check("vitamine B. Moeder at weinig. Plan B. Afspraken volgen.", "")
	check("A. Veiligheid\nB. Doelen", "")
	check("N.B. Afspraak verzet. P.S. Tot dan.", "")
	// lists
	check("Fatima huilde.", "name:Fatima")
	check("toen kwam Kevin de Vries binnen", "name:Kevin de Vries")
	check("ze heeft Roos gezien", "name:Roos")
	check("Roos en tulp. Wil vader dat? Best wel.", "")
	check("Roos vertelde dat", "name:Roos")
	check("bij de familie Van den Berg thuis", "name:Van den Berg")
	check("de bakker, de visser en de smit", "")
	check("met Anne-Fleur en Xavi op de bank", "name:Anne-Fleur | name:Xavi")
	check("zoon kevin slaapt", "name:kevin")
	check("Naam: Xavi Plompert", "name:Xavi Plompert")
	check("YILMAZ, FATIMA", "name:YILMAZ | name:FATIMA")
	check("Ömer Öztürk", "name:Ömer Öztürk")
	check("bij Albert Heijn", "")
	// an unknown capital, among people and among things
	check("Zij zei dat Quirijntje huilde.", "name:Quirijntje")
	check("Als Quirijntje boos wordt, gaat zij naar boven.", "name:Quirijntje")
	check("Quirijntje opent de deur.", "name:Quirijntje")
	check("Quirijntje, 14 maanden, is gewogen.", "name:Quirijntje")
	check("Regie: Quirijntje. Aanbieder: Zwiebelaar.", "name:Quirijntje")
	check("Casus 4: Hoogendijk. Ik mail Hoogendijk.", "name:Hoogendijk | name:Hoogendijk")
	check("Zij leest Quirijntje en drinkt Plompo, Sisi en Vifit.", "")
	check("Start Sertraline 50 mg, afbouw Plompine.", "")
	check("een bed van Auping, een bak Koopmans, een kapotte Plomp pan", "")
	check("mevrouw Koopmans en de heer Auping", "name:Koopmans | name:Auping")
	check("De speeltuin heet Plompo. De jongen heet Plompo.", "name:Plompo | name:Plompo")
	check("Afgesproken met het Kevin Plompert-fonds.", "")
	check("De Vlaeminck-methode, Sint-Maarten en de Efteling", "place:Sint-Maarten")
	check("Getekend, W.A. Los", "name:W.A. Los")
	// letters, and sentences that end like one
	check("Met vriendelijke groet.\nPlompert", "name:Plompert")
	check("Zij heeft niet gegroet. Diezelfde week ander winkelgebied.", "")
	// repetition
	check("Mevrouw Bos belde. Bos zei niets.", "name:Bos | name:Bos")
	check("Bos en hei waren nat.", "")
	// words of the field and of the language
	check("Veilig Thuis, Raad voor de Kinderbescherming en Signs of Safety", "")
	check("Zij gebruikt Ritalin, spreekt Turks en komt uit Marokko; in Maart was het Kerst.", "")
	check("In 2023 en 2024 volgens art. 1:247 BW binnen 14 dagen", "")
	check("[KIND 1], [HULPVERLENER 2 WIJKTEAM], [PLAATS], [CASUSREGISSEUR MDA++]", "")

	check("verhuisd naar 's-Hertogenbosch en Alphen aan den Rijn", "place:'s-Hertogenbosch | place:Alphen aan den Rijn")
	check("geboren te Notsel, vertrokken naar Quirijndorp. Zij", "place:Notsel | place:Quirijndorp")
	check("zij wonen in Best", "place:Best")
	check("Huizen zijn duur, leiden doet het niet", "")
	check("in Amsterdam-Zuidoost", "place:Amsterdam-Zuidoost")
	check("op basisschool De Regenboog", "school:basisschool De Regenboog")
	check("op de basisschool. De juf zag het. School belt.", "")
	check("bij stichting Het Anker", "organisation:stichting Het Anker")
	check("werkt bij Plompert Transport B.V.", "organisation:Plompert Transport B.V.")
}

func TestForCase(t *testing.T) {
	a, b := "Gebeld met mevrouw Bos.", "Bos belde terug. De bos bloemen bleef."
	s := &Screener{}
	if got := scanned(t, s, b); got != "" {
		t.Errorf("alone: got %q, want nothing", got)
	}
	c := s.ForCase(a, b)
	if got, want := scanned(t, c, b), "name:Bos"; got != want {
		t.Errorf("in its case: got %q, want %q", got, want)
	}
	if got := scanned(t, s, b); got != "" {
		t.Errorf("the first screener has learned from the case: %q", got)
	}
}

func TestNew(t *testing.T) {
	key := []byte("test key")
	s, err := New(Options{
		Names:    []string{"Plompert"},
		Terms:    []string{"Rosmalen", "Xavi"},
		Patterns: []Pattern{{CaseNumber, `\bWT\d{5}\b`}},
		Hashed:   []string{HashName(key, "Zonnedauw")},
		HashKey:  key,
	})
	if err != nil {
		t.Fatal(err)
	}
	check := func(text, want string) {
		t.Helper()
		if got := scanned(t, s, text); got != want {
			t.Errorf("%q\n got %s\nwant %s", text, got, want)
		}
	}
	check("ze appte plompert", "name:plompert")
	check("methode Rosmalen, systeem Xavi", "")
	check("dossier WT12345", "case_number:WT12345")
	check("Zonnedauw kwam. De zonnedauw bloeit.", "name:Zonnedauw")
	check("BSN 111222333", "bsn:111222333")

	_, err = New(Options{Patterns: []Pattern{{CaseNumber, `(`}, {"shoe_size", `\d+`}, {BSN, `x*`}, {BSN, `x`}}})
	if !errors.Is(err, ErrPattern) {
		t.Fatalf("got %v, want ErrPattern", err)
	}
	for _, part := range []string{"pattern 1: ", "pattern 2: ", "pattern 3: "} {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("the error does not tell of %q: %v", part, err)
		}
	}
	if strings.Contains(err.Error(), "pattern 4") {
		t.Errorf("a good pattern is refused: %v", err)
	}
}
