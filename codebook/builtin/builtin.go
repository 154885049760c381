// Package builtin holds the codebooks that come with the program.
//
// There is one: hgkm-procesindicatoren, process indicators of the approach to
// domestic violence and child abuse as they can be read from case files, with
// the catalogue of the national impact monitor that they are part of. It is a
// codebook file like any other; nothing else in the program knows its ids, and
// a study may be created from any other file instead.
//
// The recognition levels of interventions are left out. They change with the
// databases that grant them, and until a study loads its own list the measures
// that rest on them are undefined.
//
// [IDs] lists the codebooks, [Codebook] gives one to create a study from, and
// [Source] gives the file itself, to start a codebook of one's own from.
//
// # References
//
// Onderzoeksadviescommissie GHNT (2021), Eindrapportage. Its annex 2 is the
// catalogue and words the indicators.
//
// Centraal Bureau voor de Statistiek: StatLine tables 84852NED (outcomes of the
// safety assessment) and 85361NED (phases of repeat reports), and the yearly
// regional divisions (Veilig Thuis regions).
package builtin

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/dossierlens/dossierlens/codebook"
)

// ErrUnknown is the error for an id that no built-in codebook has.
var ErrUnknown = errors.New("no built-in codebook has this id")

// files holds each codebook in a file named after its id.
//
//go:embed *.yaml
var files embed.FS

const ext = ".yaml"

// parsed holds the codebooks by id.
var parsed = sync.OnceValues(func() (map[string]*codebook.Codebook, error) {
	books := map[string]*codebook.Codebook{}
	for _, id := range IDs() {
		data, err := Source(id)
		if err != nil {
			return nil, err
		}
		if books[id], err = codebook.Parse(data, id+ext); err != nil {
			return nil, err
		}
	}
	return books, nil
})

// IDs returns the ids of the built-in codebooks in alphabetical order.
func IDs() []string {
	names, err := fs.Glob(files, "*"+ext)
	if err != nil {
		panic(err) // the pattern is a constant
	}
	for i, name := range names {
		names[i] = strings.TrimSuffix(name, ext)
	}
	return names
}

// Codebook returns the built-in codebook with that id. It is parsed at the
// first call and shared by all. An id that is not among [IDs] gives an error
// that wraps [ErrUnknown].
func Codebook(id string) (*codebook.Codebook, error) {
	if !slices.Contains(IDs(), id) {
		return nil, unknown(id)
	}
	books, err := parsed()
	if err != nil {
		return nil, err
	}
	return books[id], nil
}

// Source returns the file of the built-in codebook with that id, in the
// format that [codebook.Parse] reads. The caller may change it. An id that is
// not among [IDs] gives an error that wraps [ErrUnknown].
func Source(id string) ([]byte, error) {
	if !slices.Contains(IDs(), id) {
		return nil, unknown(id)
	}
	return files.ReadFile(id + ext)
}

func unknown(id string) error {
	return fmt.Errorf("codebook %q: %w; there is %s", id, ErrUnknown, strings.Join(IDs(), ", "))
}
