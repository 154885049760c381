package xlsx

import (
	"strconv"

	"github.com/dossierlens/dossierlens/codebook"
)

func itoa(n int) string { return strconv.Itoa(n) }

// words are the texts of the indicator workbook.
var words = map[string]codebook.Text{
	"contents":         {NL: "Inhoud", EN: "Contents"},
	"explanation":      {NL: "Toelichting", EN: "Explanation"},
	"table":            {NL: "Tabel", EN: "Table"},
	"data":             {NL: "Data", EN: "Data"},
	"lists":            {NL: "Codelijsten", EN: "Code lists"},
	"account":          {NL: "Verantwoording", EN: "Account"},
	"made":             {NL: "Gemaakt op", EN: "Made on"},
	"periods":          {NL: "Perioden", EN: "Periods"},
	"status":           {NL: "Status van de cijfers", EN: "Status of the figures"},
	"provisional":      {NL: "voorlopig (*)", EN: "provisional (*)"},
	"further":          {NL: "nader voorlopig (**)", EN: "further provisional (**)"},
	"release":          {NL: "Levering", EN: "Release"},
	"format":           {NL: "Gemaakt als", EN: "Made as"},
	"weighted":         {NL: "Gewogen naar de steekproef", EN: "Weighted by the sample"},
	"yes":              {NL: "ja", EN: "yes"},
	"no":               {NL: "nee", EN: "no"},
	"level":            {NL: "Betrouwbaarheid van intervallen", EN: "Level of confidence"},
	"methods":          {NL: "Methoden van intervallen", EN: "Methods of intervals"},
	"hidden":           {NL: "Verborgen cellen", EN: "Hidden cells"},
	"shown":            {NL: "Getoonde cellen", EN: "Cells shown"},
	"sensitive":        {NL: "Gevoelige aantallen, bewezen beschermd", EN: "Sensitive counts, proven protected"},
	"narrowest":        {NL: "Smalste interval van een gevoelig aantal", EN: "Narrowest interval of a sensitive count"},
	"certificate":      {NL: "SHA-256 van het bewijs", EN: "SHA-256 of the proof"},
	"inputs":           {NL: "SHA-256 van de invoer", EN: "SHA-256 of the inputs"},
	"gate":             {NL: "Overeenstemming", EN: "Agreement"},
	"state":            {NL: "Oordeel", EN: "Verdict"},
	"gate_passed":      {NL: "drempel gehaald", EN: "threshold passed"},
	"gate_provisional": {NL: "voorlopig", EN: "provisional"},
	"gate_blocked":     {NL: "geblokkeerd", EN: "blocked"},
	"file":             {NL: "Bestand", EN: "File"},
	"final":            {NL: "definitief", EN: "final"},
	"codebook":         {NL: "Codeboek", EN: "Codebook"},
	"contact":          {NL: "Contact", EN: "Contact"},
	"protection":       {NL: "Onthullingscontrole", EN: "Disclosure control"},
	"secondary":        {NL: "primair en secundair: ook cijfers waaruit een verborgen cijfer te berekenen is, zijn verborgen", EN: "primary and secondary: figures from which a hidden one could be worked out are hidden as well"},
	"primary":          {NL: "alleen primair: sommige verborgen cijfers zijn uit andere te berekenen", EN: "primary only: some hidden figures may be worked out from others"},
	"profile":          {NL: "profiel", EN: "profile"},
	"symbols":          {NL: "Verklaring van tekens", EN: "Explanation of symbols"},
	"label":            {NL: "Regio", EN: "Region"},
	"value":            {NL: "Waarde", EN: "Value"},
	"from":             {NL: "Van", EN: "From"},
	"to":               {NL: "Tot en met", EN: "To"},
	"n":                {NL: "Dossiers", EN: "Case files"},
	"unit_value":       {NL: "%, tenzij anders vermeld", EN: "% unless stated otherwise"},
	"unit_interval":    {NL: "95%-betrouwbaarheidsinterval", EN: "95% confidence interval"},
	"unit_n":           {NL: "aantal", EN: "number"},
	"source":           {NL: "Bron: dossieronderzoek", EN: "Source: case file study"},
	"grey":             {NL: "Grijze cijfers: met voorbehoud, omdat er weinig dossiers zijn of de marge ruim is.", EN: "Grey figures: with care, for there are few case files or the margin is wide."},
	"rounding":         {NL: "Door afronding kunnen totalen afwijken van de som van de delen.", EN: "Because of rounding, totals may differ from the sum of the parts."},
	"id":               {NL: "Code", EN: "Code"},
	"name":             {NL: "Omschrijving", EN: "Description"},
	"parent":           {NL: "Deel van", EN: "Part of"},
	"valid_from":       {NL: "Vanaf", EN: "From"},
	"valid_to":         {NL: "Tot en met", EN: "To"},
	"successor":        {NL: "Opvolger", EN: "Successor"},
	"regions":          {NL: "Regio's", EN: "Regions"},
	"measures":         {NL: "Maten", EN: "Measures"},
	"classes":          {NL: "Klassen", EN: "Classes"},
	"footnotes":        {NL: "Voetnoten", EN: "Footnotes"},
	"setting":          {NL: "Instelling", EN: "Setting"},
	"policy":           {NL: "Telregel", EN: "Policy"},
	"demonstrable":     {NL: "aantoonbaar: wat niet in het dossier staat of onduidelijk is, telt als nee", EN: "demonstrable: what is not recorded or unclear counts as no"},
	"known":            {NL: "bekend: dossiers waarin het antwoord ontbreekt, tellen niet mee", EN: "known: case files in which the answer is missing do not count"},
}

// estimated says how case files are weighted, by whether they are.
var estimated = map[bool]codebook.Text{
	true: {NL: "De populatie bestaat uit alle dossiers van de regio's en perioden in de tabellen. Een dossier telt voor zoveel dossiers als er in zijn stratum, meestal een regio in een halfjaar, op elk getrokken dossier zijn.",
		EN: "The population is all case files of the regions and periods in the tables. A case file counts for as many case files as its stratum, mostly a region in a half-year, has for each one drawn."},
	false: {NL: "De populatie bestaat uit alle dossiers van de regio's en perioden in de tabellen. Er is geen lijst van al die dossiers; elk onderzocht dossier telt even zwaar.",
		EN: "The population is all case files of the regions and periods in the tables. There is no list of all of them; each case file that was studied counts alike."},
}

// clustered and scaled are said where the design of a release has it so.
var (
	clustered = codebook.Text{NL: "Dossiers van één organisatie lijken op elkaar en tellen samen als één cluster; de intervallen houden daar rekening mee.",
		EN: "Case files of one organisation resemble each other and count together as one cluster; intervals take that into account."}
	scaled = codebook.Text{NL: "De gewichten zijn geschaald naar bekende aantallen in de populatie, per categorie van ‘%s’.",
		EN: "Weights are scaled to known numbers in the population, by category of ‘%s’."}
)

// explanation is the text of the sheet on how to read the figures.
var explanation = []codebook.Text{
	{NL: "De cijfers komen uit dossieronderzoek: getrainde codeurs hebben per dossier vragen uit het codeboek beantwoord. Een dossier is een gezin of casus uit één melding.",
		EN: "The figures come from a case file study: trained coders answered the questions of the codebook for each case file. A case file is a family or case from one report."},
	{NL: "De dossiers zijn een steekproef. Het interval geeft aan tussen welke waarden het cijfer voor alle dossiers met 95 procent betrouwbaarheid ligt. Intervallen van regio's overlappen vaak: kleine verschillen tussen regio's of perioden zeggen dan niets.",
		EN: "The case files are a sample. The interval says between which values the figure for all case files lies with 95 percent confidence. Intervals of regions often overlap: small differences between regions or periods then mean nothing."},
	{NL: "Een percentage volgens de telregel 'aantoonbaar' telt een dossier waarin niets is vastgelegd als nee. Volgens 'bekend' telt zo'n dossier niet mee. In het blad Data staan beide, met een ondergrens (al het onbekende is nee) en een bovengrens (al het onbekende is ja).",
		EN: "A percentage under the policy 'demonstrable' counts a case file in which nothing is recorded as no. Under 'known' such a case file does not count. The sheet Data has both, with a lower bound (all unknown is no) and an upper bound (all unknown is yes)."},
	{NL: "Regio's staan op volgorde van hun code. De tabellen zijn geen rangorde.",
		EN: "Regions are in the order of their codes. The tables are no ranking."},
	{NL: "Aantallen zijn afgerond. Cijfers die tot een gezin herleidbaar kunnen zijn, worden niet getoond; de reden staat er niet bij, omdat die zelf iets zou verraden.",
		EN: "Numbers are rounded. Figures that might be traced to a family are not shown; the reason is not given, for it would give something away itself."},
}
