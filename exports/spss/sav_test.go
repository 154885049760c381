package spss_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"iter"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/exports"
	"github.com/dossierlens/dossierlens/exports/spss"
)

var made = time.Date(2026, 1, 5, 9, 30, 0, 0, time.UTC)

func dataset(t *testing.T) *exports.Dataset {
	t.Helper()
	b, err := os.ReadFile("../../codebook/testdata/bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book, err := codebook.Parse(b, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return exports.NewDataset(book, "en")
}

// row makes a row from texts and numbers by name of the column.
func row(d *exports.Dataset, values map[string]any) []exports.Cell {
	cells := make([]exports.Cell, len(d.Columns))
	for i, c := range d.Columns {
		switch v := values[c.Name].(type) {
		case string:
			cells[i] = exports.Cell{Text: v, Given: true}
		case float64:
			cells[i] = exports.Cell{Number: v, Given: true}
		}
	}
	return cells
}

func rows(list ...[]exports.Cell) iter.Seq2[[]exports.Cell, error] {
	return func(yield func([]exports.Cell, error) bool) {
		for _, r := range list {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// A reader reads the file after the PSPP Developers Manual, on its own.
type reader struct {
	t *testing.T
	b []byte
}

func (r *reader) bytes(n int) []byte {
	r.t.Helper()
	if len(r.b) < n {
		r.t.Fatalf("the file ends %d bytes early", n-len(r.b))
	}
	b := r.b[:n]
	r.b = r.b[n:]
	return b
}
func (r *reader) int() int          { return int(int32(binary.LittleEndian.Uint32(r.bytes(4)))) }
func (r *reader) float() float64    { return math.Float64frombits(binary.LittleEndian.Uint64(r.bytes(8))) }
func (r *reader) text(n int) string { return strings.TrimRight(string(r.bytes(n)), " ") }

type variable struct {
	short, label string
	width, span  int // bytes of text; pieces of eight bytes
	missing      []float64
	labels       map[float64]string
	texts        map[string]string
}

// read returns the variables by long name and each row by long name, texts
// put together from their segments.
func read(t *testing.T, file []byte) (map[string]*variable, []map[string]any) {
	t.Helper()
	r := &reader{t, file}
	if got := r.text(4); got != "$FL2" {
		t.Fatalf("begins with %q", got)
	}
	r.text(60)
	if layout := r.int(); layout != 2 {
		t.Fatalf("layout %d", layout)
	}
	size := r.int()
	if compression, weight := r.int(), r.int(); compression != 0 || weight != 0 {
		t.Fatalf("compression %d, weight %d", compression, weight)
	}
	count := r.int()
	if bias := r.float(); bias != 100 {
		t.Fatalf("bias %v", bias)
	}
	if got := r.text(17); got != "05 Jan 2609:30:00" {
		t.Errorf("made at %q", got)
	}
	r.bytes(64 + 3)
	var list []*variable
	var elements []*variable
	for {
		switch kind := r.int(); kind {
		case 2:
			width := r.int()
			label, missing := r.int(), r.int()
			r.int()
			r.int()
			name := r.text(8)
			if width == -1 {
				list[len(list)-1].span++
				elements = append(elements, list[len(list)-1])
				continue
			}
			v := &variable{short: name, width: width, span: 1, labels: map[float64]string{}, texts: map[string]string{}}
			if label == 1 {
				n := r.int()
				v.label = string(r.bytes((n + 3) / 4 * 4)[:n])
			}
			if missing == -2 {
				v.missing = []float64{r.float(), r.float()}
			}
			list, elements = append(list, v), append(elements, v)
			continue
		case 3:
			n := r.int()
			type pair struct {
				value []byte
				label string
			}
			var pairs []pair
			for range n {
				value := r.bytes(8)
				length := int(r.bytes(1)[0])
				pairs = append(pairs, pair{value, string(r.bytes((length+8)/8*8 - 1)[:length])})
			}
			if r.int() != 4 {
				t.Fatal("value labels of no variable")
			}
			for range r.int() {
				v := elements[r.int()-1]
				for _, p := range pairs {
					if v.width > 0 {
						v.texts[strings.TrimRight(string(p.value), " ")] = p.label
					} else {
						v.labels[math.Float64frombits(binary.LittleEndian.Uint64(p.value))] = p.label
					}
				}
			}
			continue
		case 7:
			sub, n, times := r.int(), r.int(), r.int()
			data := r.bytes(n * times)
			switch sub {
			case 13:
				for _, pair := range strings.Split(string(data), "\t") {
					short, long, _ := strings.Cut(pair, "=")
					for _, v := range list {
						if v.short == short {
							v.short = long
						}
					}
				}
			case 11:
				if times != 3*len(list) {
					t.Errorf("how %d variables look is said of %d", len(list), times/3)
				}
			case 16:
				if got := binary.LittleEndian.Uint64(data[8:]); got != uint64(count) {
					t.Errorf("counts %d rows and %d", got, count)
				}
			case 20:
				if string(data) != "UTF-8" {
					t.Errorf("encoding %q", data)
				}
			}
			continue
		case 999:
			r.int()
		default:
			t.Fatalf("record of kind %d", kind)
		}
		break
	}
	if len(elements) != size {
		t.Errorf("a case has %d elements, the header says %d", len(elements), size)
	}
	names := map[string]*variable{}
	var result []map[string]any
	for range count {
		values := map[string]any{}
		last := ""
		for _, v := range list {
			if v.width == 0 {
				if x := r.float(); x != -math.MaxFloat64 {
					values[v.short] = x
				}
				names[v.short] = v
				continue
			}
			piece := string(r.bytes(8 * v.span)[:v.width])
			if strings.HasPrefix(v.short, "S") && strings.Contains(v.short, "_") && last != "" && strings.ToUpper(v.short) == v.short {
				values[last] = values[last].(string) + piece
				continue
			}
			last = v.short
			names[v.short] = v
			values[v.short] = piece
		}
		for k, v := range values {
			if s, ok := v.(string); ok {
				values[k] = strings.TrimRight(s, " ")
			}
		}
		result = append(result, values)
	}
	if len(r.b) != 0 {
		t.Errorf("%d bytes behind the last row", len(r.b))
	}
	return names, result
}

func TestSystemFile(t *testing.T) {
	d := dataset(t)
	long := strings.Repeat("é", 400) + " end" // 804 bytes: four segments
	list := rows(
		row(d, map[string]any{"case_id": "B-01", "coder": "coder 1", "damage": 2.0, "minutes": 40.5, "quality": -7.0, "workshop": "W1", "remark": long}),
		row(d, map[string]any{"case_id": "B-02", "coder": "consensus", "minutes": -9.0, "received": "2025-02", "remark": "short"}),
		row(d, map[string]any{"case_id": "B-03"}))
	var b bytes.Buffer
	if err := spss.Write(&b, d, list, "Bicycles", made); err != nil {
		t.Fatal(err)
	}
	names, got := read(t, b.Bytes())
	if len(got) != 3 || len(names) != len(d.Columns) {
		t.Fatalf("%d rows and %d variables, want 3 and %d", len(got), len(names), len(d.Columns))
	}
	for i, want := range []map[string]any{
		{"case_id": "B-01", "damage": 2.0, "minutes": 40.5, "quality": -7.0, "workshop": "W1", "remark": long, "received": ""},
		{"case_id": "B-02", "coder": "consensus", "minutes": -9.0, "received": "2025-02", "remark": "short", "damage": nil},
		{"case_id": "B-03", "minutes": nil, "remark": ""},
	} {
		for name, value := range want {
			if got[i][name] != value {
				t.Errorf("row %d: %s = %v, want %v", i+1, name, got[i][name], value)
			}
		}
	}
	if v := names["minutes"]; !slices.Equal(v.missing, []float64{-9, -6}) || v.label != "Working time (minutes)" || v.labels[-7] != "Not recorded on the slip" {
		t.Errorf("minutes: missing %v, label %q, -7 is %q", v.missing, v.label, v.labels[-7])
	}
	if v := names["quality"]; v.labels[3] != "Good" {
		t.Errorf("quality 3 is %q", v.labels[3])
	}
	if v := names["workshop"]; v.texts["W3"] != "Quay" || v.missing != nil {
		t.Errorf("workshop W3 is %q, missing %v", v.texts["W3"], v.missing)
	}
	var again bytes.Buffer
	if err := spss.Write(&again, d, list, "Bicycles", made); err != nil || !bytes.Equal(b.Bytes(), again.Bytes()) {
		t.Errorf("the same rows gave other bytes, %v", err)
	}
}

func TestRowsThatChangeMeanwhile(t *testing.T) {
	d := dataset(t)
	one := row(d, map[string]any{"case_id": "B-01", "remark": "a"})
	for name, second := range map[string][][]exports.Cell{
		"one more": {one, one}, "one less": {}, "a longer text": {row(d, map[string]any{"case_id": "B-01", "remark": "a long remark"})},
	} {
		turn := 0
		list := func(yield func([]exports.Cell, error) bool) {
			turn++
			if turn == 1 {
				rows(one)(yield)
			} else {
				rows(second...)(yield)
			}
		}
		if err := spss.Write(new(bytes.Buffer), d, list, "", made); !errors.Is(err, spss.ErrChanged) {
			t.Errorf("%s: %v, want ErrChanged", name, err)
		}
	}
}
