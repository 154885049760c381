package main

import (
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/dossierlens/dossierlens/annotations/intake"
	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store"
)

// demoVerb serves a study that is gone when the program ends.
type demoVerb struct {
	Listen string `default:"127.0.0.1:8420" help:"Address to serve on."`
}

// Run makes the study in a temporary folder and serves it until the program
// is stopped.
func (v demoVerb) Run(p process) error {
	started := time.Now()
	dir, err := os.MkdirTemp("", "dossierlens-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	listener, err := net.Listen("tcp", v.Listen)
	if err != nil {
		return fmt.Errorf("%w; choose another address with --listen", err)
	}
	defer listener.Close()

	fmt.Fprintln(p.stdout, "Making the synthetic study ...")
	st, err := store.Open(p.ctx, filepath.Join(dir, "data"), time.Now)
	if err != nil {
		return err
	}
	defer st.Close()
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = dir
	}
	reader := intake.NewReader(filepath.Join(cache, "dossierlens"), intake.DefaultLimits())
	defer reader.Close()
	screener := new(screening.Screener)
	files := filepath.Join(dir, "files")
	if err := writeDemoFiles(files); err != nil {
		return err
	}
	if err := seedDemo(p.ctx, st, reader, screener, files); err != nil {
		return fmt.Errorf("make the demo's study: %w", err)
	}
	srv, err := server.New(st, server.Options{Log: slog.New(slog.NewJSONHandler(p.stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
		Now: time.Now, Reader: reader, Screener: screener, Demo: true, Version: version})
	if err != nil {
		return err
	}
	defer srv.Close()
	fmt.Fprintf(p.stdout, "Ready after %.1f s at http://%s\n\n", time.Since(started).Seconds(), listener.Addr())
	fmt.Fprintf(p.stdout, "Sign in as one of these, with the password %q:\n", server.DemoPassword)
	for _, who := range demoPeople {
		fmt.Fprintf(p.stdout, "  %-10s %-16s %s\n", who.login, who.name, who.role)
	}
	fmt.Fprintln(p.stdout, "\nAll data are made up and gone when you stop the program (Ctrl+C).")
	return serveUntilDone(p.ctx, &http.Server{Handler: srv}, listener)
}
