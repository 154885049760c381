package screening

import "strings"

// minStem is how many bytes of a word stand before an end that says something
// of it: "dijk" alone is no street.
const minStem = 3

// endings are ends of words, found by their last two letters, for nearly all
// words have none of them and two letters tell.
type endings struct {
	list [1 << 10]uint8 // by the last two letters, the place in by; 0 for none
	by   [][]string
}

func ends(all ...string) *endings {
	e := &endings{by: [][]string{nil}}
	for _, end := range all {
		at := lastTwo(end)
		if e.list[at] == 0 {
			e.list[at] = uint8(len(e.by))
			e.by = append(e.by, nil)
		}
		e.by[e.list[at]] = append(e.by[e.list[at]], end)
	}
	return e
}

func lastTwo(w string) int { return int(w[len(w)-2]&31)<<5 | int(w[len(w)-1]&31) }

// of reports whether w has one of the ends, with a stem before it.
func (e *endings) of(w string) bool {
	if len(w) < minStem+2 {
		return false
	}
	list := e.list[lastTwo(w)]
	if list == 0 {
		return false
	}
	for _, end := range e.by[list] {
		if hasEnd(w, end) {
			return true
		}
	}
	return false
}

func hasEnd(w, end string) bool { return len(w) >= len(end)+minStem && strings.HasSuffix(w, end) }
