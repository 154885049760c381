package web

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/dossierlens/dossierlens/web/i18n"
)

//go:embed templates static help
var files embed.FS

// ErrUnknownPage says that there is no template or no language of that name.
var ErrUnknownPage = errors.New("no such page")

// Pages are the parsed pages of every language. They do not change after
// [New] and may be used by many goroutines.
type Pages struct {
	sets       map[string]*template.Template // "nl/home"
	catalogues map[string]*i18n.Catalogue
	static     fs.FS
	hash       string
	icons      map[string]bool
}

// New parses all pages. An error means that the program was built wrong.
func New() (*Pages, error) {
	p := &Pages{sets: make(map[string]*template.Template)}
	var err error
	if p.catalogues, err = i18n.Load(); err != nil {
		return nil, err
	}
	if p.static, err = static(); err != nil {
		return nil, err
	}
	if p.hash, err = treeHash(p.static); err != nil {
		return nil, err
	}
	if p.icons, err = iconNames(p.static); err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/pages/*.html")
	if err != nil {
		return nil, err
	}
	for lang, c := range p.catalogues {
		for _, file := range names {
			name := strings.TrimSuffix(path.Base(file), ".html")
			t, err := template.New("base.html").Funcs(p.funcs(c)).Option("missingkey=error").
				ParseFS(files, "templates/layout/*.html", "templates/parts/*.html", file)
			if err != nil {
				return nil, fmt.Errorf("page %s: %w", name, err)
			}
			p.sets[lang+"/"+name] = t
		}
	}
	return p, nil
}

// Render writes a page to bytes. Data is a struct that embeds [Frame]. It
// returns [ErrUnknownPage] for a page or language that does not exist, and an
// error when the data lacks what the page asks for.
func (p *Pages) Render(lang, page string, data any) ([]byte, error) {
	t, ok := p.sets[lang+"/"+page]
	if !ok {
		return nil, fmt.Errorf("%w: %s in %s", ErrUnknownPage, page, lang)
	}
	var b bytes.Buffer
	if err := t.ExecuteTemplate(&b, "base.html", data); err != nil {
		return nil, fmt.Errorf("render %s: %w", page, err)
	}
	return b.Bytes(), nil
}

// Catalogue returns the messages of a language, or those of the first
// language when there is no such catalogue.
func (p *Pages) Catalogue(lang string) *i18n.Catalogue {
	if c, ok := p.catalogues[lang]; ok {
		return c
	}
	return p.catalogues[i18n.Languages()[0]]
}

// Static returns the styles, scripts and images, each with what it imports in
// it, and the hash of them all.
// They are to be served under /static/<hash>/, where they may be cached for
// ever; nothing is served under another hash.
func (p *Pages) Static() (files fs.FS, hash string) { return p.static, p.hash }

// Asset returns the address of a file below static, or an error when there is
// no such file.
func (p *Pages) Asset(name string) (string, error) {
	if _, err := fs.Stat(p.static, name); err != nil {
		return "", fmt.Errorf("asset: %w", err)
	}
	return "/static/" + p.hash + "/" + name, nil
}

// treeHash names the content of a tree: the same files give the same hash.
func treeHash(tree fs.FS) (string, error) {
	h := sha256.New()
	err := fs.WalkDir(tree, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(tree, name)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n", name, len(b))
		h.Write(b)
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("hash of the static files: %w", err)
	}
	return hex.EncodeToString(h.Sum(nil))[:12], nil
}

var symbol = regexp.MustCompile(`<symbol id="([a-z-]+)"`)

func iconNames(tree fs.FS) (map[string]bool, error) {
	b, err := fs.ReadFile(tree, "img/icons.svg")
	if err != nil {
		return nil, err
	}
	names := make(map[string]bool)
	for _, m := range symbol.FindAllSubmatch(b, -1) {
		names[string(m[1])] = true
	}
	return names, nil
}
