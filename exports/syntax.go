package exports

import (
	"archive/zip"
	"encoding/csv"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"time"
)

// WriteR packs a dataset for statistical packages, as a ZIP: data.csv with
// numbers for categories and missing codes; read.R, which needs base R alone,
// and read.sps for SPSS and PSPP, which declare labels and missing codes;
// codebook.csv for reading, and codebook.xml after DDI Codebook 2.5 (DDI
// Alliance, 2014) for an archive. Text that a spreadsheet would run as a
// formula has an apostrophe before it, see [Guard]. Made is the time the files
// say they were made at: the same dataset and time give the same bytes.
func WriteR(w io.Writer, d *Dataset, rows iter.Seq2[[]Cell, error], title string, made time.Time) error {
	z := zip.NewWriter(w)
	widths := make([]int, len(d.Columns))
	for _, part := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"data.csv", func(w io.Writer) error { return d.writeCSV(w, rows, widths) }},
		{"read.R", d.writeScriptR},
		{"read.sps", func(w io.Writer) error { return d.writeSyntax(w, widths) }},
		{"codebook.csv", d.writeCodebookCSV},
		{"codebook.xml", func(w io.Writer) error { return d.writeDDI(w, title) }},
	} {
		f, err := z.CreateHeader(&zip.FileHeader{Name: part.name, Method: zip.Deflate, Modified: made.UTC()})
		if err != nil {
			return err
		}
		if err := part.write(f); err != nil {
			return err
		}
	}
	return z.Close()
}

// oneLine puts spaces for ends of lines: SPSS takes each for the end of a row,
// also between quotes.
var oneLine = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ")

// writeCSV writes the rows and notes the widest text of each column, in bytes.
func (d *Dataset) writeCSV(w io.Writer, rows iter.Seq2[[]Cell, error], widths []int) error {
	c := csv.NewWriter(w)
	fields := make([]string, len(d.Columns))
	for i := range d.Columns {
		fields[i] = d.Columns[i].Name
	}
	if err := c.Write(fields); err != nil {
		return err
	}
	for row, err := range rows {
		if err != nil {
			return err
		}
		for i, x := range row {
			switch {
			case !x.Given:
				fields[i] = ""
			case d.Columns[i].Text:
				fields[i] = Guard(oneLine.Replace(x.Text))
			default:
				fields[i] = number(x.Number)
			}
			widths[i] = max(widths[i], len(fields[i]))
		}
		if err := c.Write(fields); err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}

func number(x float64) string { return strconv.FormatFloat(x, 'f', -1, 64) }

// quoteR writes s as a string of R, in ASCII so that no locale changes it.
func quoteR(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f:
			b.WriteByte(' ')
		case r < 0x7f:
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\U{%X}`, r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// writeScriptR writes a script that reads data.csv into a data frame: factors
// for categories, NA for missing codes, and the codes themselves as factors
// beside them.
func (d *Dataset) writeScriptR(w io.Writer) error {
	e := &errWriter{w: w}
	e.printf("# Reads data.csv, which must lie beside this file, into the data frame codings.\n" +
		"# A missing code becomes NA; which code it was stands in <column>_missing.\n" +
		"codings <- read.csv(\"data.csv\", colClasses = c(\n")
	for i, c := range d.Columns {
		class, comma := "numeric", ","
		if c.Text {
			class = "character"
		}
		if i == len(d.Columns)-1 {
			comma = ""
		}
		e.printf("  %s = %q%s\n", c.Name, class, comma)
	}
	e.printf("), na.strings = \"\", check.names = FALSE, encoding = \"UTF-8\", fileEncoding = \"UTF-8\")\n" +
		"codes <- function(x, values, labels) factor(x, levels = values, labels = labels)\n" +
		"apart <- function(name, values, labels) {\n" +
		"  x <- codings[[name]]\n" +
		"  codings[[paste0(name, \"_missing\")]] <<- codes(ifelse(x %%in%% values, x, NA), values, labels)\n" +
		"  codings[[name]] <<- ifelse(x %%in%% values, NA, x)\n" +
		"}\n")
	for _, c := range d.Columns {
		if len(c.Missing) > 0 {
			values, labels := listR(c.Missing, false)
			e.printf("apart(%s, %s, %s)\n", quoteR(c.Name), values, labels)
		}
		if len(c.Categories) > 0 {
			values, labels := listR(c.Categories, c.Text)
			ordered := ""
			if c.Scale == Ordinal {
				ordered = ", ordered = TRUE"
			}
			e.printf("codings$%s <- factor(codings$%s, levels = %s, labels = make.unique(%s)%s)\n", c.Name, c.Name, values, labels, ordered)
		}
		e.printf("attr(codings$%s, \"label\") <- %s\n", c.Name, quoteR(c.Label))
	}
	return e.err
}

func listR(list []DataValue, text bool) (values, labels string) {
	var v, l []string
	for _, k := range list {
		if text {
			v = append(v, quoteR(k.Code))
		} else {
			v = append(v, number(k.Number))
		}
		l = append(l, quoteR(k.Label))
	}
	return "c(" + strings.Join(v, ", ") + ")", "c(" + strings.Join(l, ", ") + ")"
}

// quoteSPSS writes s as a string of SPSS, cut to most bytes between characters.
func quoteSPSS(s string, most int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "")
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// writeSyntax writes the syntax that reads data.csv in SPSS or PSPP.
func (d *Dataset) writeSyntax(w io.Writer, widths []int) error {
	e := &errWriter{w: w}
	e.printf("* Reads data.csv, which must lie in the working folder.\n" +
		"SET DECIMAL=DOT.\n" +
		"GET DATA /TYPE=TXT /FILE='data.csv' /ENCODING='UTF8' /ARRANGEMENT=DELIMITED /DELCASE=LINE /FIRSTCASE=2 /DELIMITERS=',' /QUALIFIER='\"' /VARIABLES=\n")
	for i, c := range d.Columns {
		format := "F12." + strconv.Itoa(c.Decimals)
		if c.Text {
			format = "A" + strconv.Itoa(max(widths[i], 1))
		}
		e.printf("  %s %s\n", c.Name, format)
	}
	e.printf(".\n")
	for _, c := range d.Columns {
		e.printf("VARIABLE LABELS %s %s.\n", c.Name, quoteSPSS(c.Label, 255))
		if len(c.Missing)+len(c.Categories) > 0 {
			e.printf("VALUE LABELS %s", c.Name)
			for _, k := range append(append([]DataValue(nil), c.Missing...), c.Categories...) {
				value := number(k.Number)
				if c.Text {
					value = quoteSPSS(k.Code, 120)
				}
				e.printf("\n  %s %s", value, quoteSPSS(k.Label, 120))
			}
			e.printf(".\n")
		}
		if n := len(c.Missing); n > 0 {
			e.printf("MISSING VALUES %s (%s THRU %s).\n", c.Name, number(c.Missing[0].Number), number(c.Missing[n-1].Number))
		}
		e.printf("VARIABLE LEVEL %s (%s).\n", c.Name, [...]string{"", "NOMINAL", "ORDINAL", "SCALE"}[c.Scale])
	}
	e.printf("EXECUTE.\n")
	return e.err
}

// writeCodebookCSV writes a row a category or missing code of each column, and
// a single row for a column without.
func (d *Dataset) writeCodebookCSV(w io.Writer) error {
	c := csv.NewWriter(w)
	write := func(fields ...string) error {
		for i := range fields {
			if i != 4 { // a value may be a negative number
				fields[i] = Guard(fields[i])
			}
		}
		return c.Write(fields)
	}
	err := write("column", "label", "question", "type", "value", "code", "value_label", "missing")
	for _, k := range d.Columns {
		kind := "number"
		if k.Text {
			kind = "text"
		}
		rows := 0
		for n, list := range [][]DataValue{k.Categories, k.Missing} {
			for _, v := range list {
				value := number(v.Number)
				if k.Text {
					value = v.Code
				}
				rows++
				err = errors.Join(err, write(k.Name, k.Label, k.Question, kind, value, v.Code, v.Label, strconv.FormatBool(n == 1 || k.Apart)))
			}
		}
		if rows == 0 {
			err = errors.Join(err, write(k.Name, k.Label, k.Question, kind, "", "", "", ""))
		}
	}
	c.Flush()
	return errors.Join(err, c.Error())
}

// The elements of DDI Codebook 2.5 that are written.
type (
	ddiCodebook struct {
		XMLName  xml.Name `xml:"codeBook"`
		Space    string   `xml:"xmlns,attr"`
		Version  string   `xml:"version,attr"`
		Language string   `xml:"xml:lang,attr"`
		Title    string   `xml:"stdyDscr>citation>titlStmt>titl"`
		File     string   `xml:"fileDscr>fileTxt>fileName"`
		Vars     []ddiVar `xml:"dataDscr>var"`
	}
	ddiVar struct {
		ID       string        `xml:"ID,attr"`
		Name     string        `xml:"name,attr"`
		Nature   string        `xml:"nature,attr"`
		Label    string        `xml:"labl"`
		Question string        `xml:"qstn>qstnLit,omitempty"`
		Values   []ddiCategory `xml:"catgry"`
		Format   ddiFormat     `xml:"varFormat"`
	}
	ddiCategory struct {
		Missing string `xml:"missing,attr,omitempty"`
		Value   string `xml:"catValu"`
		Label   string `xml:"labl"`
	}
	ddiFormat struct {
		Type string `xml:"type,attr"`
	}
)

func (d *Dataset) writeDDI(w io.Writer, title string) error {
	book := ddiCodebook{Space: "ddi:codebook:2_5", Version: "2.5", Language: d.lang, Title: title, File: "data.csv"}
	for i, c := range d.Columns {
		v := ddiVar{ID: "V" + strconv.Itoa(i+1), Name: c.Name, Label: c.Label, Question: c.Question, Nature: [...]string{"", "nominal", "ordinal", "interval"}[c.Scale], Format: ddiFormat{"numeric"}}
		if c.Text {
			v.Format.Type = "character"
		}
		for n, list := range [][]DataValue{c.Categories, c.Missing} {
			for _, k := range list {
				x := ddiCategory{Value: number(k.Number), Label: k.Label}
				if c.Text {
					x.Value = k.Code
				}
				if n == 1 || c.Apart {
					x.Missing = "Y"
				}
				v.Values = append(v.Values, x)
			}
		}
		book.Vars = append(book.Vars, v)
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", " ")
	return e.Encode(book)
}

// An errWriter prints until something fails, and keeps that.
type errWriter struct {
	w   io.Writer
	err error
}

func (e *errWriter) printf(format string, args ...any) {
	if e.err == nil {
		_, e.err = fmt.Fprintf(e.w, format, args...)
	}
}
