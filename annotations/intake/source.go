package intake

import (
	"archive/zip"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/unicode/norm"
)

// maxFiles bounds the files of one batch.
const maxFiles = 500_000

// A source holds the files of a batch. Paths have slashes and never leave it.
type source interface {
	open(path string) (io.ReadCloser, error)
	check(path string) error     // nil when there is a plain file
	version(path string) string  // changes when the file does; empty when there is none
	names() ([]string, Problems) // all files, sorted, without those that systems leave behind
	Close() error
}

// safePath gives v as a path below the manifest, and false for one that is
// absolute, goes up, or is written with backslashes or a drive.
func safePath(v string) (string, bool) {
	v = strings.TrimPrefix(v, "./")
	bad := strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r == 0x7f || strings.ContainsRune(`\:`, r) })
	return v, !bad && v != "." && fs.ValidPath(v)
}

// leftBehind reports whether p is a file of the operating system or an office
// program and none of the batch.
func leftBehind(p string) bool {
	base := path.Base(p)
	return strings.HasPrefix(p, "__MACOSX/") || strings.Contains("/"+p, "/.") || strings.HasPrefix(base, "~$") ||
		strings.EqualFold(base, "thumbs.db") || strings.EqualFold(base, "desktop.ini")
}

// A folder is a source on disk. os.Root keeps every path below it; links
// within it are refused as well, for a manifest could use them to bring in
// what is not part of the batch.
type folder struct{ root *os.Root }

func (f folder) open(p string) (io.ReadCloser, error) {
	if err := f.check(p); err != nil {
		return nil, err
	}
	return f.root.Open(p)
}

func (f folder) check(p string) error {
	for i := range p {
		if p[i] == '/' {
			if info, err := f.root.Lstat(p[:i]); err == nil && info.Mode()&fs.ModeSymlink != 0 {
				return &Problem{Reason: ErrLink, Args: []any{p[:i]}}
			}
		}
	}
	info, err := f.root.Lstat(p)
	switch {
	case err != nil:
		return &Problem{Reason: ErrMissing, Args: []any{p}, Err: err}
	case info.Mode()&fs.ModeSymlink != 0:
		return &Problem{Reason: ErrLink, Args: []any{p}}
	case !info.Mode().IsRegular():
		return &Problem{Reason: ErrNotAFile, Args: []any{p}}
	}
	return nil
}

func (f folder) version(p string) string {
	info, err := f.root.Lstat(p)
	if err != nil {
		return ""
	}
	return fmt.Sprintf("%d %d", info.Size(), info.ModTime().UnixNano())
}

func (f folder) names() ([]string, Problems) {
	var list []string
	var problems Problems
	err := fs.WalkDir(f.root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case p != "." && leftBehind(p):
			if d.IsDir() {
				return fs.SkipDir
			}
		case d.Type()&fs.ModeSymlink != 0:
			problems.add(&Problem{File: p, Reason: ErrLink, Args: []any{p}})
		case d.Type().IsRegular():
			list = append(list, p)
		}
		if len(list) > maxFiles {
			problems.add(&Problem{File: p, Reason: ErrTooManyFiles, Args: []any{maxFiles}})
			return fs.SkipAll
		}
		return nil
	})
	if err != nil {
		problems.add(&Problem{File: f.root.Name(), Reason: ErrBroken, Args: []any{err.Error()}, Err: err})
	}
	slices.Sort(list)
	return list, problems
}

func (f folder) Close() error { return f.root.Close() }

// A zipped source is a ZIP in which every name was checked.
type zipped struct{ files map[string]*zip.File }

func newZipped(src io.ReaderAt, size int64, name string) (*zipped, error) {
	p, err := openPackage(src, size, DefaultLimits(), maxFiles)
	if err != nil {
		return nil, located(name, err)
	}
	z := &zipped{files: map[string]*zip.File{}}
	var problems Problems
	for _, f := range p.zip.File {
		inside := memberName(f)
		refuse := func(reason Reason, args ...any) {
			problems.add(&Problem{File: name, Column: clip(inside, 200), Reason: reason, Args: args})
		}
		clean, ok := safePath(strings.TrimSuffix(inside, "/"))
		switch {
		case !ok:
			refuse(ErrPath, clip(inside, 200))
		case strings.HasSuffix(inside, "/"), leftBehind(clean):
		case f.Mode()&fs.ModeSymlink != 0:
			refuse(ErrLink, inside)
		case !f.Mode().IsRegular():
			refuse(ErrNotAFile, inside)
		case f.Flags&1 != 0:
			refuse(ErrEncrypted)
		case z.files[clean] != nil:
			refuse(ErrNameTwice, inside)
		default:
			z.files[clean] = f
		}
	}
	if err := problems.err(); err != nil {
		return nil, err
	}
	return z, nil
}

// memberName decodes the name of a part: ZIPs made by older Windows programs
// have it in the code page of DOS, and those of macOS in decomposed form.
func memberName(f *zip.File) string {
	name := f.Name
	if f.NonUTF8 {
		if d, err := charmap.CodePage850.NewDecoder().String(name); err == nil {
			name = d
		}
	}
	return norm.NFC.String(name)
}

func (z *zipped) open(p string) (io.ReadCloser, error) {
	f := z.files[p]
	if f == nil {
		return nil, &Problem{Reason: ErrMissing, Args: []any{p}}
	}
	return f.Open()
}

func (z *zipped) check(p string) error {
	if z.files[p] == nil {
		return &Problem{Reason: ErrMissing, Args: []any{p}}
	}
	return nil
}

func (z *zipped) version(p string) string {
	f := z.files[p]
	if f == nil {
		return ""
	}
	return fmt.Sprintf("%d %08x", f.UncompressedSize64, f.CRC32)
}

func (z *zipped) names() ([]string, Problems) {
	list := make([]string, 0, len(z.files))
	for name := range z.files {
		list = append(list, name)
	}
	slices.Sort(list)
	return list, nil
}

func (z *zipped) Close() error { return nil }

// closing closes a file together with the source that reads from it.
type closing struct {
	source
	file io.Closer
}

func (c closing) Close() error { return c.file.Close() }

// nothing is the source of a manifest that came alone.
type nothing struct{}

func (nothing) open(p string) (io.ReadCloser, error) {
	return nil, &Problem{Reason: ErrMissing, Args: []any{p}}
}
func (nothing) check(p string) error        { return &Problem{Reason: ErrMissing, Args: []any{p}} }
func (nothing) version(p string) string     { return "" }
func (nothing) names() ([]string, Problems) { return nil, nil }
func (nothing) Close() error                { return nil }
