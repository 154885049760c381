package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"sync"
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
		Secure: v.TLSCert != "", Proxies: v.Proxies, Version: version})
	if err != nil {
		return err
	}
	defer handler.Close()
	tending, enough := context.WithCancel(p.ctx)
	var tended sync.WaitGroup
	tended.Go(func() { handler.Tend(tending) })
	defer tended.Wait()
	defer enough()

	l, err := v.listen()
	if err != nil {
		return err
	}
	defer l.Close()
	if err := v.welcome(p, s, l.Addr()); err != nil {
		return err
	}
	return serveUntilDone(p.ctx, &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}, l)
}

// listen opens the address, with TLS when there is a certificate.
func (v serveVerb) listen() (net.Listener, error) {
	if v.TLSCert == "" {
		return net.Listen("tcp", v.Listen)
	}
	pair, err := tls.LoadX509KeyPair(v.TLSCert, v.TLSKey)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	return tls.Listen("tcp", v.Listen, &tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: []string{"h2", "http/1.1"}, MinVersion: tls.VersionTLS12})
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
