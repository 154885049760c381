package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store"
)

// serveVerb serves the workspace in a data folder until it is told to stop.
type serveVerb struct {
	data
	Listen  string   `default:"127.0.0.1:8420" help:"Address and port to listen on."`
	TLSCert string   `name:"tls-cert" placeholder:"F" help:"Certificate chain (PEM); with --tls-key the server speaks HTTPS."`
	TLSKey  string   `name:"tls-key" placeholder:"F" help:"Private key (PEM) of the certificate."`
	Proxies []string `name:"proxy" placeholder:"ADDR" help:"Address of a reverse proxy whose X-Forwarded-For is believed; may be repeated."`
}

// Validate refuses half a certificate.
func (v serveVerb) Validate() error {
	if (v.TLSCert == "") != (v.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	return nil
}

func (v serveVerb) Run(p process) error {
	s, err := v.create(p)
	if err != nil {
		return err
	}
	defer s.Close()
	unlock, err := lockFolder(v.Data)
	if err != nil {
		return err
	}
	defer unlock()
	log := slog.New(slog.NewJSONHandler(p.stderr, nil))
	reader := newReader(v.Data)
	defer reader.Close()
	handler, err := server.New(s, server.Options{Log: log, Now: time.Now, Reader: reader, Screener: &screening.Screener{},
		Secure: v.TLSCert != "", Proxies: v.Proxies})
	if err != nil {
		return err
	}
	defer handler.Close()

	l, err := net.Listen("tcp", v.Listen)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := v.welcome(p, s, l.Addr()); err != nil {
		return err
	}
	return serve(p.ctx, l, handler, log, v.TLSCert, v.TLSKey)
}

// welcome prints where the workspace is reached and, as long as nobody can
// administer it, a link with which one person becomes the administrator.
func (v serveVerb) welcome(p process, s *store.Store, at net.Addr) error {
	scheme := "http"
	if v.TLSCert != "" {
		scheme = "https"
	}
	url := fmt.Sprintf("%s://%s", scheme, at)
	if _, err := fmt.Fprintf(p.stdout, "Dossierlens is at %s\n", url); err != nil {
		return err
	}
	had, err := s.HasAdministrator(p.ctx)
	if err != nil || had {
		return err
	}
	if _, err := fmt.Fprintln(p.stdout, "There is no administrator yet. Open this link once, within seven days, to become it:"); err != nil {
		return err
	}
	return printLink(p, s, 0, url)
}

// stopWithin is how long requests that are under way may take at the end.
const stopWithin = 20 * time.Second

// serve answers requests on l until ctx is done, and then lets those that are
// under way end.
func serve(ctx context.Context, l net.Listener, handler http.Handler, log *slog.Logger, cert, key string) error {
	h := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       time.Minute, // an import asks for more
		WriteTimeout:      10 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    64 << 10,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	stopped := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
		defer cancel()
		stopped <- h.Shutdown(ctx)
	})
	defer stop()
	var err error
	if cert != "" {
		err = h.ServeTLS(l, cert, key)
	} else {
		err = h.Serve(l)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return <-stopped
	}
	return err
}
