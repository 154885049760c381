package web

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"sync"
	"testing/fstest" // its MapFS: files in memory that can be served

	"github.com/evanw/esbuild/pkg/api"
)

// static is the tree of static/ as browsers get it: every script of js/pages
// and every style of css has what it imports in it. A page of forty modules
// would have a browser look up forty files, in its cache as well, before it
// can begin. What is imported stands in the tree too, as it was written.
var static = sync.OnceValues(func() (fs.FS, error) {
	written, err := fs.Sub(files, "static")
	if err != nil {
		return nil, err
	}
	tree := fstest.MapFS{}
	err = fs.WalkDir(written, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(written, name)
		tree[name] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		return nil, err
	}
	for _, pattern := range []string{"js/pages/*.js", "css/*.css"} {
		names, err := fs.Glob(written, pattern)
		if err != nil {
			return nil, err
		}
		if err := bundle(written, names, tree); err != nil {
			return nil, err
		}
	}
	return tree, nil
})

// bundle puts files into a tree, each with what it imports in it.
func bundle(written fs.FS, names []string, tree fstest.MapFS) error {
	result := api.Build(api.BuildOptions{
		EntryPoints:      names,
		Bundle:           true,
		Format:           api.FormatESModule,
		Target:           api.ESNext,
		MinifyWhitespace: true,
		MinifySyntax:     true, // and not the names, which stand in what a browser reports
		Charset:          api.CharsetUTF8,
		Outdir:           "/",
		Outbase:          "/",
		AbsWorkingDir:    "/",
		Plugins:          []api.Plugin{{Name: "embedded files", Setup: func(b api.PluginBuild) { readFrom(b, written) }}},
	})
	var problems []error
	for _, m := range append(result.Errors, result.Warnings...) {
		at := ""
		if m.Location != nil {
			at = fmt.Sprintf("%s:%d: ", m.Location.File, m.Location.Line)
		}
		problems = append(problems, errors.New("static/"+at+m.Text))
	}
	if err := errors.Join(problems...); err != nil {
		return err
	}
	for _, f := range result.OutputFiles {
		tree[strings.TrimPrefix(path.Clean(f.Path), "/")] = &fstest.MapFile{Data: f.Contents}
	}
	return nil
}

// readFrom has a build read its files from a tree and from nowhere else.
func readFrom(b api.PluginBuild, tree fs.FS) {
	b.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(a api.OnResolveArgs) (api.OnResolveResult, error) {
		return api.OnResolveResult{Path: path.Join("/", path.Dir(a.Importer), a.Path), Namespace: "file"}, nil
	})
	b.OnLoad(api.OnLoadOptions{Filter: ".*"}, func(a api.OnLoadArgs) (api.OnLoadResult, error) {
		b, err := fs.ReadFile(tree, strings.TrimPrefix(a.Path, "/"))
		if err != nil {
			return api.OnLoadResult{}, err
		}
		text, loader := string(b), api.LoaderJS
		if path.Ext(a.Path) == ".css" {
			loader = api.LoaderCSS
		}
		return api.OnLoadResult{Contents: &text, Loader: loader}, nil
	})
}
