package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Known are the codes that a manifest may use. A nil map is not checked.
type Known struct {
	DocumentTypes map[string]bool
	Regions       map[string]bool
}

// A Batch is what one import brings in: cases with the places of their
// documents. The texts stay where they are until Read.
type Batch struct {
	Cases    []Case // in the order of the manifest, or by name of folder
	Encoding string // "windows-1252" when a CSV manifest is not UTF-8, to be shown with its titles; else empty
	files    source
	base     string // folder of the manifest within files, "" or ending in a slash
}

// A Case is one case file of a batch.
type Case struct {
	ID, Region, Period, Source, Stratum string
	Weight                              float64     // 1 when the manifest has none
	Attributes                          []Attribute // further columns, in file order
	OnSite                              bool        // there is no text of it: no document has a file
	Documents                           []Entry     // by number
	Place                               Place       // of its first row or its folder
}

// An Entry is one document of a case as a manifest lists it.
type Entry struct {
	Number int    // from 1, unique in the case
	Type   string // document type code, may be empty
	Title  string
	Day    *int   // relative to day 0; nil when not given
	File   string // below the manifest, with slashes; empty in an on-site case
	Place  Place
}

// A Place is where in a batch something stands.
type Place struct {
	File string
	Line int // 0 for a folder
}

// Open opens a folder, a ZIP, or a manifest with the files beside it. Its
// error is a [Problems] with all that is wrong with the manifest, or that of
// the file system. The caller closes the batch.
func Open(path string, known Known, limits Limits) (*Batch, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return openFolder(path, "", known, limits)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	zipped, workbook, err := sniffZip(f, info.Size())
	if err != nil {
		f.Close()
		return nil, located(filepath.Base(path), err)
	}
	if zipped && !workbook {
		b, err := openZip(f, info.Size(), filepath.Base(path), known, limits)
		if err != nil {
			f.Close()
			return nil, err
		}
		b.files = closing{b.files, f}
		return b, nil
	}
	f.Close()
	return openFolder(filepath.Dir(path), filepath.Base(path), known, limits)
}

// OpenUpload opens a ZIP, or a manifest alone, that was not a file here. name
// is what its sender called it. The batch reads from src until it is closed.
func OpenUpload(src io.ReaderAt, size int64, name string, known Known, limits Limits) (*Batch, error) {
	zipped, workbook, err := sniffZip(src, size)
	if err != nil {
		return nil, located(name, err)
	}
	if zipped && !workbook {
		return openZip(src, size, name, known, limits)
	}
	b := &Batch{files: nothing{}}
	return b, b.readManifest(io.NewSectionReader(src, 0, size), name, known, limits)
}

// sniffZip tells a ZIP from another file, and a workbook from a batch.
func sniffZip(src io.ReaderAt, size int64) (zipped, workbook bool, err error) {
	if size == 0 {
		return false, false, ErrEmpty
	}
	head := make([]byte, 8)
	n, err := src.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, false, err
	}
	head = head[:n]
	if bytes.HasPrefix(head, []byte(oleSignature)) {
		return false, false, ErrOldOffice
	}
	if !bytes.HasPrefix(head, []byte("PK")) {
		return false, false, nil
	}
	p, err := openPackage(src, size, DefaultLimits(), maxFiles)
	if err != nil {
		return false, false, err
	}
	return true, p.has("xl/workbook.xml"), nil
}

// Read reads the text of one document. The name in the document and in a
// problem is e.File.
func (b *Batch) Read(ctx context.Context, r *Reader, e Entry) (Document, error) {
	f, err := b.files.open(b.base + e.File)
	if err != nil {
		return Document{}, located(e.File, err)
	}
	defer f.Close()
	return r.Read(ctx, e.File, f)
}

// Version returns a hash of what the batch says of a case and of the versions
// of its files: their size and time, or their checksum in a ZIP. It is the same
// as long as reading the case would give the same.
func (b *Batch) Version(c Case) string {
	h := sha256.New()
	fmt.Fprintf(h, "%q\n", []any{c.ID, c.Region, c.Period, c.Source, c.Stratum, c.Weight, c.Attributes, c.OnSite})
	for _, e := range c.Documents {
		day := ""
		if e.Day != nil {
			day = strconv.Itoa(*e.Day)
		}
		fmt.Fprintf(h, "%d %q %q %q %q %q\n", e.Number, e.Type, e.Title, day, e.File, b.files.version(b.base+e.File))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Close releases the folder or ZIP.
func (b *Batch) Close() error { return b.files.Close() }

// openFolder opens a folder, with the manifest of that name in it when one is
// given.
func openFolder(dir, manifest string, known Known, limits Limits) (*Batch, error) {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return open(folder{root}, filepath.Base(dir), manifest, known, limits)
}

func openZip(src io.ReaderAt, size int64, name string, known Known, limits Limits) (*Batch, error) {
	z, err := newZipped(src, size, name)
	if err != nil {
		return nil, err
	}
	return open(z, name, "", known, limits)
}

// open finds the manifest, or makes one of the folders, and reads it.
func open(files source, name, manifest string, known Known, limits Limits) (*Batch, error) {
	b := &Batch{files: files}
	err := b.fill(name, manifest, known, limits)
	if err != nil {
		files.Close()
		return nil, err
	}
	return b, nil
}

func (b *Batch) fill(name, manifest string, known Known, limits Limits) error {
	if manifest == "" {
		names, problems := b.files.names()
		if err := problems.err(); err != nil {
			return err
		}
		b.base, manifest = findManifest(names)
		if manifest == "" {
			return b.fromFolders(name, names, known)
		}
	}
	f, err := b.files.open(b.base + manifest)
	if err != nil {
		return located(manifest, err)
	}
	defer f.Close()
	return b.readManifest(f, manifest, known, limits)
}

// findManifest looks for manifest.csv or manifest.xlsx at the top, or in the
// only folder at the top, as in the ZIP of a folder; else for the only table
// there.
func findManifest(names []string) (base, manifest string) {
	var tables []string
	top := commonFolder(names)
	for _, b := range []string{"", top} {
		for _, name := range names {
			rest, ok := strings.CutPrefix(name, b)
			if !ok || strings.Contains(rest, "/") {
				continue
			}
			switch lower := strings.ToLower(rest); {
			case lower == "manifest.csv", lower == "manifest.xlsx":
				return b, rest
			case strings.HasSuffix(lower, ".csv"), strings.HasSuffix(lower, ".xlsx"):
				tables = append(tables, rest)
				base = b
			}
		}
		if len(tables) > 0 || top == "" {
			break
		}
	}
	if len(tables) == 1 {
		return base, tables[0]
	}
	return "", ""
}

// commonFolder is the folder, with a slash, that all names share.
func commonFolder(names []string) string {
	if len(names) == 0 {
		return ""
	}
	first, _, ok := strings.Cut(names[0], "/")
	if !ok {
		return ""
	}
	for _, n := range names {
		if !strings.HasPrefix(n, first+"/") {
			return ""
		}
	}
	return first + "/"
}
