package intake

import (
	"archive/zip"
	"errors"
	"io"
	"strings"
)

// A packed is a ZIP whose parts are read within limits: a part is refused
// when it unpacks to more than it says, to more than Limits.Ratio times its
// packed size, or, with the parts before it, to more than Limits.Expanded.
type packed struct {
	zip    *zip.Reader
	byName map[string]*zip.File
	limits Limits
	left   int64 // bytes that may still be unpacked
}

// smallPart may have any ratio: a page of blanks packs a thousandfold.
const smallPart = 1 << 20

// openPackage reads the directory of a ZIP with at most parts parts.
func openPackage(src io.ReaderAt, size int64, limits Limits, parts int) (*packed, error) {
	z, err := zip.NewReader(src, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		return nil, &Problem{Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
	}
	if len(z.File) > parts {
		return nil, &Problem{Reason: ErrTooManyFiles, Args: []any{parts}}
	}
	p := &packed{zip: z, byName: make(map[string]*zip.File, len(z.File)), limits: limits, left: limits.Expanded}
	for _, f := range z.File {
		name := strings.TrimPrefix(f.Name, "/")
		if p.byName[name] == nil {
			p.byName[name] = f
		}
	}
	return p, nil
}

func (p *packed) has(name string) bool { return p.byName[name] != nil }

// part unpacks one part; nil when there is none of that name.
func (p *packed) part(name string) ([]byte, error) {
	f := p.byName[name]
	if f == nil {
		return nil, nil
	}
	bad := func(reason Reason, args ...any) error {
		return &Problem{Column: clip(name, 200), Reason: reason, Args: args}
	}
	if f.Flags&1 != 0 {
		return nil, bad(ErrEncrypted)
	}
	allowed := min(p.left, max(smallPart, int64(min(f.CompressedSize64, 1<<40))*p.limits.Ratio))
	if f.UncompressedSize64 > uint64(allowed) {
		return nil, bad(ErrBomb, allowed)
	}
	r, err := f.Open()
	if err != nil {
		return nil, bad(ErrBroken, err.Error())
	}
	defer r.Close()
	data, err := io.ReadAll(io.LimitReader(r, allowed+1))
	switch {
	case int64(len(data)) > allowed:
		return nil, bad(ErrBomb, allowed)
	case err != nil:
		return nil, bad(ErrBroken, err.Error())
	}
	p.left -= int64(len(data))
	return data, nil
}

// checkParts refuses, by what the directory says, a package that as a whole
// unpacks to more than its limit; for a library that unpacks by itself.
func (p *packed) checkParts() error {
	left := p.left
	for _, f := range p.zip.File {
		size := f.UncompressedSize64
		packed := int64(min(f.CompressedSize64, 1<<40))
		if size > uint64(left) || size > smallPart && size > uint64(packed*p.limits.Ratio) {
			return &Problem{Column: clip(f.Name, 200), Reason: ErrBomb, Args: []any{p.limits.Expanded}}
		}
		left -= int64(size)
	}
	return nil
}
