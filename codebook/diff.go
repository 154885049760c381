package codebook

// A Class says how much a change between two versions of a codebook matters.
type Class string

// The classes of changes, with the part of the version that must rise.
const (
	Wording  Class = "wording"  // patch
	Addition Class = "addition" // minor
	Meaning  Class = "meaning"  // major
)

// A Change is one difference between two versions of a codebook.
type Change struct {
	Class     Class    `json:"class"`
	Path      string   `json:"path"`      // by ids, such as variables.damage.categories.none.label
	Old       string   `json:"old"`       // empty for an addition
	New       string   `json:"new"`       // empty for a removal
	Variables []string `json:"variables"` // whose answers, or what is derived from them, are touched
}
