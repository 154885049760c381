package disclosure

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// A Certificate proves that sensitive counts cannot be worked out. Its tables
// are of whole numbers, satisfy every addition and agree with everything
// published, so that an attacker cannot tell them from the true one; for each
// sensitive cell one has a low count and one a high count. Checking it takes
// additions only. It holds true counts and stays inside.
type Certificate struct {
	Tables []Witness `json:"tables"`
	Proofs []Proof   `json:"proofs"`
}

// A Witness is a table, given by the counts in which it differs from the true
// one.
type Witness []Change

// A Change is a count of a witness.
type Change struct {
	Cell  string `json:"cell"`
	Count int64  `json:"count"`
}

// A Proof names the tables between which a sensitive count is safe, by their
// place in the certificate.
type Proof struct {
	Cell      string `json:"cell"`
	Threshold int64  `json:"threshold"`
	// Known is a cell of 1 or 2 that a person in it may know, empty if the
	// attacker is an outsider.
	Known string `json:"known,omitempty"`
	Low   int    `json:"low"`
	High  int    `json:"high"`
}

// certificate writes proofs down, each table once.
func (m *model) certificate(proofs []proof) Certificate {
	var c Certificate
	place := map[string]int{}
	put := func(w *witness) int {
		var out Witness
		var key []byte
		for _, v := range slices.SortedFunc(maps.Keys(w.changes), cmp.Compare[int]) {
			out = append(out, Change{m.name[v], w.changes[v]})
			key = append(key, m.name[v]...)
			key = append(key, '=')
			key = strconv.AppendInt(key, w.changes[v], 10)
			key = append(key, ';')
		}
		if i, ok := place[string(key)]; ok {
			return i
		}
		c.Tables = append(c.Tables, out)
		place[string(key)] = len(c.Tables) - 1
		return len(c.Tables) - 1
	}
	for n, need := range m.needs {
		p := Proof{Cell: m.name[need.variable], Threshold: need.threshold}
		if need.given >= 0 {
			p.Known = m.name[need.given]
		}
		p.Low, p.High = put(proofs[n].low), put(proofs[n].high)
		c.Proofs = append(c.Proofs, p)
	}
	return c
}

// join adds the tables and proofs of another certificate.
func (c *Certificate) join(d Certificate) {
	n := len(c.Tables)
	c.Tables = append(c.Tables, d.Tables...)
	for _, p := range d.Proofs {
		p.Low += n
		p.High += n
		c.Proofs = append(c.Proofs, p)
	}
}
