package xlsx

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
)

// WriteIndicators writes a publication as a workbook in lang, "nl" or "en".
func WriteIndicators(w io.Writer, p exports.Publication, lang string) error {
	b := &indicatorBook{workbook: newWorkbook(""), p: p, lang: lang}
	b.properties(p.Title, lang, p.Made)
	b.contents()
	b.explain()
	for i, indicator := range b.indicators() {
		b.table(i+1, indicator)
	}
	b.data()
	b.codeLists()
	b.account()
	return b.write(w)
}

type indicatorBook struct {
	*workbook
	p    exports.Publication
	lang string
}

// t returns one of the words in the language of the workbook.
func (b *indicatorBook) t(key string) string { return words[key].In(b.lang) }

// indicators returns the indicators that have a measure in the publication, in
// the order of the codebook.
func (b *indicatorBook) indicators() []*codebook.Indicator {
	has := map[string]bool{}
	for _, m := range b.p.Measures() {
		has[m.Indicator] = true
	}
	return slices.DeleteFunc(slices.Clone(b.p.Book.Indicators), func(i *codebook.Indicator) bool { return !has[i.ID] })
}

func (b *indicatorBook) tableName(n int) string { return fmt.Sprintf("%s %d", b.t("table"), n) }

var (
	plain   = style{}
	bold    = style{bold: true}
	title   = style{bold: true, size: 14}
	quiet   = style{grey: true}
	wrapped = style{wrap: true}
	heading = style{bold: true, above: true, below: true, wrap: true}
)

// contents lists the sheets, each with a link. It is the one sheet that is not
// streamed, for links want it so.
func (b *indicatorBook) contents() {
	name := b.t("contents")
	if b.err != nil {
		return
	}
	b.sheets++
	b.err = b.f.SetSheetName("Sheet1", name)
	row := 0
	put := func(look style, values ...string) {
		row++
		for i, v := range values {
			at, err := excelize.CoordinatesToCellName(i+1, row)
			if b.err == nil {
				b.err = err
			}
			if b.err == nil {
				b.err = b.f.SetCellStr(name, at, exports.Guard(v))
			}
			if b.err == nil {
				b.err = b.f.SetCellStyle(name, at, at, b.of(look))
			}
		}
	}
	link := func(sheet, text string) {
		put(plain, sheet, text)
		if b.err == nil {
			b.err = b.f.SetCellHyperLink(name, fmt.Sprintf("A%d", row), "'"+sheet+"'!A1", "Location")
		}
	}
	put(title, b.p.Title)
	row++
	var periods, finality []string
	for _, period := range b.p.Periods() {
		periods = append(periods, period.Label.In(b.lang))
		if word := b.t(b.p.Finality(period.ID)); !slices.Contains(finality, word) {
			finality = append(finality, word)
		}
	}
	status := strings.Join(finality, ", ")
	put(plain, b.t("made"), b.p.Made.Format("2006-01-02"))
	put(plain, b.t("periods"), strings.Join(periods, ", "))
	put(plain, b.t("status"), status)
	put(plain, b.t("codebook"), b.p.Book.ID+" "+b.p.Book.Version)
	put(plain, b.t("protection"), b.t("profile")+" "+b.p.Rule.Name+", "+b.protection())
	if b.p.Account != nil && b.p.Account.Contact != "" {
		put(plain, b.t("contact"), b.p.Account.Contact)
	}
	row++
	link(b.t("explanation"), "")
	for i, indicator := range b.indicators() {
		link(b.tableName(i+1), indicator.Label.In(b.lang))
	}
	for _, key := range []string{"data", "lists", "account"} {
		link(b.t(key), "")
	}
	if b.err == nil {
		b.err = b.f.SetColWidth(name, "A", "A", 24)
	}
	if b.err == nil {
		b.err = b.f.SetColWidth(name, "B", "B", 100)
	}
}

// protection says how far protection goes.
func (b *indicatorBook) protection() string {
	if b.p.Rule.Secondary {
		return b.t("secondary")
	}
	return b.t("primary")
}

func (b *indicatorBook) explain() {
	s := b.add(b.t("explanation"), pane{}, false, 110)
	s.put(title, b.t("explanation"))
	s.space()
	for _, text := range explanation {
		s.put(wrapped, text.In(b.lang))
		s.space()
	}
	for _, text := range b.howEstimated() {
		s.put(wrapped, text.In(b.lang))
		s.space()
	}
	for _, note := range b.p.Notes {
		s.put(wrapped, note)
		s.space()
	}
	s.put(bold, b.t("symbols"))
	for _, symbol := range b.p.Symbols.List() {
		s.put(plain, explained(symbol, b.lang))
	}
	s.put(plain, b.t("rounding"))
	s.end()
}

// howEstimated tells of weights and what else figures rest on.
func (b *indicatorBook) howEstimated() []codebook.Text {
	weighted := slices.ContainsFunc(b.p.Observations, func(o exports.Observation) bool { return o.Population != nil })
	texts := []codebook.Text{estimated[weighted]}
	if a := b.p.Account; a != nil && a.Design != nil {
		if a.Design.Organisations {
			texts = append(texts, clustered)
		}
		if v := b.p.Book.Variable(a.Design.Variable); v != nil {
			texts = append(texts, codebook.Text{NL: fmt.Sprintf(scaled.NL, v.Label.In("nl")), EN: fmt.Sprintf(scaled.EN, v.Label.In("en"))})
		}
	}
	return texts
}

// data writes the rows of the contract as a table, with labels behind the
// codes.
func (b *indicatorBook) data() {
	s := b.add(b.t("data"), pane{rows: 1}, true, 14)
	header := make([]any, 0, len(exports.Columns)+4)
	for _, name := range exports.Columns {
		header = append(header, name)
	}
	header = append(header, "indicator_label", "period_label", "region_label", "class_label")
	s.put(bold, header...)
	periods, regions, classes := map[string]string{}, map[string]string{}, map[[2]string]string{}
	for _, p := range b.p.Periods() {
		periods[p.ID] = p.Label.In(b.lang)
	}
	for _, r := range b.p.Regions() {
		regions[r.ID] = r.Label.In(b.lang)
	}
	for _, c := range b.p.Classes() {
		classes[[2]string{c.Breakdown, c.ID}] = c.Label.In(b.lang)
	}
	for _, o := range b.p.Observations {
		s.put(plain, append(o.Values(), b.p.Book.Measure(o.Indicator).Label.In(b.lang), periods[o.Period], regions[o.Region], classes[[2]string{o.Breakdown, o.Class}])...)
	}
	if s.err == nil && s.row > 1 {
		last, err := excelize.CoordinatesToCellName(len(header), s.row)
		if err == nil {
			err = s.stream.AddTable(&excelize.Table{Range: "A1:" + last, Name: "observations", StyleName: "TableStyleLight1"})
		}
		s.err = err
	}
	s.end()
}

func (b *indicatorBook) codeLists() {
	s := b.add(b.t("lists"), pane{}, false, 22, 70, 14, 14, 14, 14)
	list := func(key string, header ...any) {
		if s.row > 0 {
			s.space()
		}
		s.put(bold, b.t(key))
		s.put(heading, header...)
	}
	list("regions", b.t("id"), b.t("name"), b.t("parent"), b.t("valid_from"), b.t("valid_to"), b.t("successor"))
	for _, r := range b.p.Regions() {
		s.put(plain, r.ID, r.Label.In(b.lang), r.Parent, year(r.From), year(r.To), r.Successor)
	}
	list("periods", b.t("id"), b.t("name"), "SDMX", "CBS")
	for _, p := range b.p.Periods() {
		s.put(plain, p.ID, p.Label.In(b.lang), p.SDMX, p.CBS)
	}
	list("measures", b.t("id"), b.t("name"), b.t("policy"))
	for _, m := range b.p.Measures() {
		s.put(plain, m.ID, m.Label.In(b.lang), string(m.Policy))
	}
	list("classes", b.t("id"), b.t("name"))
	for _, c := range b.p.Classes() {
		s.put(plain, c.Breakdown+" "+c.ID, c.Label.In(b.lang))
	}
	list("footnotes", b.t("id"), b.t("name"))
	for _, f := range exports.Footnotes {
		s.put(plain, f.ID, f.Text.In(b.lang))
	}
	s.put(plain, "demonstrable", b.t("demonstrable"))
	s.put(plain, "known", b.t("known"))
	s.end()
}

func year(y *int) any {
	if y == nil {
		return nil
	}
	return *y
}

// account tells under which rule the figures were protected.
func (b *indicatorBook) account() {
	s := b.add(b.t("account"), pane{}, false, 30, 80)
	s.put(title, b.t("account"))
	s.space()
	s.put(plain, b.t("codebook"), b.p.Book.ID)
	s.put(plain, "", b.p.Book.Version)
	s.put(plain, "SHA-256", b.p.Book.Hash())
	s.put(plain, b.t("protection"), b.protection())
	b.release(s)
	s.space()
	s.put(heading, b.t("setting"), b.t("profile")+" "+b.p.Rule.Name)
	settings := map[string]any{}
	raw, err := json.Marshal(b.p.Rule)
	if err == nil {
		err = json.Unmarshal(raw, &settings)
	}
	if s.err == nil {
		s.err = err
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		value := settings[name]
		if yes, ok := value.(bool); ok {
			value = fmt.Sprint(yes)
		}
		s.put(plain, name, value)
	}
	s.end()
}

// release tells from which release the figures are, and what proves them.
func (b *indicatorBook) release(s *sheet) {
	a := b.p.Account
	if a == nil {
		return
	}
	weighted := b.t("no")
	if a.Weighted {
		weighted = b.t("yes")
	}
	for _, row := range [][2]any{{b.t("release"), a.Release}, {b.t("format"), a.Format + ", Dossierlens " + a.Tool}, {b.t("weighted"), weighted},
		{b.t("level"), a.Level}, {b.t("methods"), strings.Join(a.Methods, ", ")}, {b.t("hidden"), a.Proof.Hidden}, {b.t("shown"), a.Proof.Shown},
		{b.t("sensitive"), a.Proof.Sensitive}, {b.t("narrowest"), a.Proof.LeastWidth}, {b.t("certificate"), a.Proof.SHA256}, {b.t("inputs"), a.Inputs}} {
		s.put(plain, row[0], row[1])
	}
	if len(a.Verdicts) > 0 {
		s.space()
		s.put(heading, b.t("gate"), b.t("state"))
		for _, v := range a.Verdicts {
			label := v.Indicator
			if ind := b.p.Book.Indicator(v.Indicator); ind != nil {
				label = ind.Label.In(b.lang)
			}
			s.put(plain, label, b.t("gate_"+string(v.State)))
		}
	}
	s.space()
	s.put(heading, b.t("file"), "SHA-256")
	for _, f := range a.Files {
		s.put(plain, f.Name, f.SHA256)
	}
}
