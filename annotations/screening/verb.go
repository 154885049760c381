package screening

import "strings"

// contacting are verbs whose object is a person.
var contacting = words(strings.Fields("mail mailde mailt bel belt belde app appt appte spreek spreekt sprak vraag vraagt vroeg ken kent kende zag ziet informeer informeert " +
	"slaat sloeg bedreigt bedreigde mist miste omhelst troost troostte begeleidt bezoekt bezocht")...)

// verbOfPeople reports whether token i is a verb that stands behind a name.
func (c *scan) verbOfPeople(i int) bool {
	t := c.at(i)
	return t.class == word && t.shape == lower && t.gap == blank && (personal[c.value(i)] || auxiliary[c.value(i)])
}

// isVerb reports whether token i is a verb in the third person singular, as
// far as its end and the infinitive in the dictionary tell: opent, openen.
func (c *scan) isVerb(i int) bool {
	t, w := c.at(i), c.value(i)
	if t.class != word || t.shape != lower || t.gap != blank || t.lex != 0 || len(w) < 5 {
		return false
	}
	var stem string
	switch {
	case strings.HasSuffix(w, "de"), strings.HasSuffix(w, "te"):
		stem = w[:len(w)-2]
	case strings.HasSuffix(w, "t"):
		stem = w[:len(w)-1]
	default:
		return false
	}
	n := len(stem)
	if inDictionary(stem+"en") || inDictionary(stem+stem[n-1:]+"en") { // werken, bellen
		return true
	}
	for from, to := range map[byte]string{'f': "ven", 's': "zen"} { // geven, lezen
		if stem[n-1] == from && (inDictionary(stem[:n-1]+to) || n > 3 && stem[n-2] == stem[n-3] && inDictionary(stem[:n-2]+to)) {
			return true
		}
	}
	return n > 3 && stem[n-2] == stem[n-3] && inDictionary(stem[:n-2]+stem[n-1:]+"en") // lopen
}

// auxiliary are verbs that stand behind a name more often than behind
// another word that no list and no dictionary has.
var auxiliary = words(strings.Fields("is was heeft had wil kan mag moet zal zou gaat ging komt kwam zit zat doet deed loopt liep krijgt kreeg wordt werd " +
	"rent speelt valt viel staat stond ligt lag blijft bleef helpt hielp eet at drinkt kijkt keek luistert reageert lijkt leek meldt meldde " +
	"voetbalt fietst tekent lacht schreeuwt slaat sloeg duwt duwde dreigt dreigde vertrekt vertrok arriveert arriveerde belooft ontkent gebruikt " +
	"werkt werkte leert leerde logeert verhuist verhuisde vertrouwt schrijft schreef weet wist zoekt zocht neemt nam maakt maakte haalt haalde " +
	"rook ruikt rookt rende rent viel valt zwijgt zweeg knikt knikte glimlacht glimlachte verliet verlaat bleek blijkt begint begon stopt stopte vergeet vergat probeert probeerde " +
	"krabt krabde bijt beet spuugt spuugde trapt trapte gooit gooide pakt pakte trekt trok zette zet legt legde kruipt kroop springt sprong roept riep fluistert fluisterde scheldt schold " +
	"bedreigt bedreigde beschuldigt bezoekt bezocht wacht wachtte vlucht vluchtte verdwijnt verdween herstelt groeit groeide drinkt dronk weigert weigerde accepteert aarzelt aarzelde bevestigt bevestigde " +
	"brengt bracht voelt voelde schrikt schrok stuurt stuurde zag hoort hoorde mist miste houdt hield en")...)

// subordinating are words behind which a noun without an article is seldom
// seen.
var subordinating = words("dat", "omdat", "toen", "terwijl", "nadat", "voordat", "zodat", "zodra", "totdat", "sinds", "hoe", "waarom", "Toen", "Omdat", "Terwijl", "Nadat", "Voordat")

// owned are things that people have, do or undergo: het bezoek van Riekje.
var owned = words(strings.Fields("ouders bezoek toezicht komst verzoek gedrag leeftijd verhaal verklaring mening telefoon mobiel nummer kamer woning huis auto " +
	"aangifte melding dossier spullen kleding kinderen zoontje dochtertje zusje broertje familie gezicht hand arm lichaam veiligheid ontwikkeling " +
	"opvoeding zorgen wens wensen vraag angst boosheid verdriet stem woorden uitspraken behandeling therapie begeleider mentor klas juf verjaardag " +
	"toestemming polis foto filmpje video handtekening mishandeling dood overlijden bedreiging geweld ruzie terugkeer plaatsing opname school klasgenoot weggelopen gescheiden zwanger " +
	"account profiel mail mailtje telefoontje steun hulp komt kwam hoor hoort hoorde krijgt kreeg bericht berichten appje brief tekening vader moeder oma opa zus broer vriend vriendin namens aanwezigheid vertrek gezag")...)

// talked are words that with "met" announce a person.
var talked = words(strings.Fields("gesprek gesprekken gesproken gebeld contact afspraak sprak praat gepraat overleg overlegd gemaild geappt")...)

// personal are verbs that only people have as their subject.
var personal = words(strings.Fields("zegt zei vertelt vertelde vraagt vroeg belt belde appt appte huilt huilde woont woonde " +
	"verblijft verbleef slaapt sliep vindt vond wilde denkt dacht mailt mailde speelt speelde verklaart verklaarde geeft gaf")...)
