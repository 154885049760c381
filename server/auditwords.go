package server

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/server/store"
)

// factValues are the families of messages in which codes among the facts of
// the log have their words, by the name of the fact.
var factValues = map[string]string{
	"allocation": "sample.allocation.", "below": "gate.below.", "cause": "compare.cause.", "coefficient": "gate.coefficient.", "encryption": "audit.encryption.",
	"kind": "comment.kind.", "on": "gate.on.", "profile": "release.profile.", "provenance": "provenance.", "reason": "sample.reason.",
	"role": "role.", "scopes": "audit.right.", "state": "comment.state.", "wanted": "audit.right.",
}

// auditRow says a record of the log in the language of the reader. What has no
// words, such as an id, stands as it is.
func (c *call) auditRow(r store.Record) (auditRow, error) {
	at, err := time.Parse(time.RFC3339, r.At)
	if err != nil {
		return auditRow{}, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	detail := map[string]any{}
	numbers := json.NewDecoder(strings.NewReader(r.Detail))
	numbers.UseNumber() // a seed has more digits than a float
	if err := numbers.Decode(&detail); err != nil {
		return auditRow{}, fmt.Errorf("record %d: %w", r.Seq, err)
	}
	var facts []string
	for part := range strings.SplitSeq(r.Object, ", ") {
		what, rest, _ := strings.Cut(part, " ")
		if part != "" {
			facts = append(facts, strings.TrimSpace(c.wordOr("audit.on."+what, what)+" "+rest))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(detail)) {
		none := detail[name] == json.Number("0") && (name == "person" || name == "before") // the log was not narrowed
		if v := detail[name]; v != nil && v != "" && !none {
			facts = append(facts, c.say("audit.fact_line", "name", c.wordOr("audit.fact."+name, name), "value", c.fact(name, v)))
		}
	}
	return auditRow{Seq: r.Seq, At: at, Who: r.Login, Role: r.Role, Act: c.wordOr("audit.act."+strings.ReplaceAll(r.Act, "-", "_"), r.Act),
		Code: r.Act, Case: r.Case, Facts: strings.Join(facts, "; ")}, nil
}

// fact writes the value of a fact.
func (c *call) fact(name string, v any) string {
	switch v := v.(type) {
	case bool:
		if v {
			return c.say("audit.yes")
		}
		return c.say("audit.no")
	case []any:
		var list []string
		for _, item := range v {
			list = append(list, c.fact(name, item))
		}
		return strings.Join(list, ", ")
	case map[string]any: // decisions about findings, counted
		var list []string
		for _, key := range slices.Sorted(maps.Keys(v)) {
			decision, kind, _ := strings.Cut(key, " ")
			list = append(list, fmt.Sprintf("%s %s %v", c.wordOr("audit.decision."+decision, decision), c.wordOr("screening.kind."+kind, kind), v[key]))
		}
		return strings.Join(list, ", ")
	}
	text := fmt.Sprint(v)
	if family, ok := factValues[name]; ok {
		return c.wordOr(family+text, text)
	}
	return text
}

// wordOr is the message of key, or else the word itself.
func (c *call) wordOr(key, word string) string {
	if text, err := c.pages.Catalogue(c.lang).Lookup(key); err == nil {
		return text
	}
	return word
}
