package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"

	"github.com/dossierlens/dossierlens/annotations/screening"
	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/store"
)

// serveVerb serves the workspace in a data folder until it is told to stop.
type serveVerb struct {
	data
	Listen   string      `default:"127.0.0.1:8420" help:"Address and port to listen on."`
	TLSCert  string      `name:"tls-cert" placeholder:"F" help:"Certificate chain (PEM); with --tls-key the server speaks HTTPS."`
	TLSKey   string      `name:"tls-key" placeholder:"F" help:"Private key (PEM) of the certificate."`
	URL      string      `name:"url" placeholder:"URL" help:"Scheme and host at which people reach the server, such as https://dossiers.example.nl behind a proxy; for links, passkeys and single sign-on."`
	Redirect string      `placeholder:"ADDR" help:"Address, such as :80, at which requests without TLS are sent on to https://, and at which an ACME server may ask."`
	Proxies  []string    `name:"proxy" placeholder:"ADDR" help:"Address of a reverse proxy whose X-Forwarded-For is believed; may be repeated."`
	ACME     acmeFlags   `embed:"" prefix:"acme-" group:"Certificates by ACME (off without --acme-host; the program then calls nobody)"`
	Backup   backupFlags `embed:"" prefix:"backup-" group:"Backups"`
	SSO      ssoFlags    `embed:"" prefix:"sso-" group:"Single sign-on (OpenID Connect)"`
}

// ssoFlags say where people may sign in with the account of their institution.
type ssoFlags struct {
	Issuer   string   `placeholder:"URL" help:"Issuer of the OpenID Connect provider, such as https://connect.surfconext.nl; its discovery document is below it."`
	Name     string   `default:"SURFconext" help:"Name of the provider on the sign-in page."`
	ClientID string   `placeholder:"ID" help:"Name of this server at the provider."`
	Secret   string   `name:"secret-file" type:"existingfile" placeholder:"F" help:"File that holds the secret of this server at the provider; the secret itself is not given here, for everybody on the machine sees command lines."`
	ACR      []string `name:"acr" placeholder:"LEVEL" help:"Level of assurance that the provider must vouch for; may be repeated. It then counts as two factors."`
}

// config returns what the server needs to know, nil without an issuer.
func (f ssoFlags) config() (*server.SSO, error) {
	if f.Issuer == "" {
		return nil, nil
	}
	sso := &server.SSO{Name: f.Name, Issuer: f.Issuer, ClientID: f.ClientID, ACR: f.ACR}
	if f.Secret != "" {
		b, err := os.ReadFile(f.Secret)
		if err != nil {
			return nil, fmt.Errorf("secret of single sign-on: %w", err)
		}
		sso.Secret = strings.TrimSpace(string(b))
	}
	return sso, nil
}

// Validate refuses half a certificate.
func (v serveVerb) Validate() error {
	if (v.TLSCert == "") != (v.TLSKey == "") {
		return errors.New("--tls-cert and --tls-key go together")
	}
	if v.URL != "" {
		u, err := url.Parse(v.URL)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" {
			return errors.New("--url is a scheme and a host, such as https://dossiers.example.nl")
		}
	}
	if (v.SSO.Issuer == "") != (v.SSO.ClientID == "") {
		return errors.New("--sso-issuer and --sso-client-id go together")
	}
	if v.SSO.Issuer != "" && !private(v.SSO.Issuer) {
		return errors.New("--sso-issuer is an https:// address")
	}
	if err := v.ACME.validate(); err != nil {
		return err
	}
	switch {
	case v.TLSCert != "" && len(v.ACME.Host) > 0:
		return errors.New("--tls-cert and --acme-host do not go together: a certificate comes from a file or by ACME")
	case v.Redirect != "" && v.URL == "" && len(v.ACME.Host) == 0 || v.Redirect != "" && v.tls() == server.TLSNone:
		return errors.New("--redirect sends to an https:// address: give --acme-host, or --url")
	}
	if v.tls() != server.TLSFiles && v.tls() != server.TLSACME && !onThisMachine(v.Listen) && !private(v.URL) {
		return fmt.Errorf("at %s other machines would read along: give --tls-cert and --tls-key, or --acme-host, or with --url the https:// address of the proxy that encrypts", v.Listen)
	}
	return v.Backup.validate()
}

// onThisMachine reports whether only this machine reaches an address to listen
// at. What is no address is told when it is opened.
func onThisMachine(listen string) bool {
	host, _, err := net.SplitHostPort(listen)
	return err != nil || loopback(host)
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// private reports whether nobody reads along on the way to address: it is
// encrypted, or it is this machine.
func private(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" && u.Host != "" || u.Scheme == "http" && loopback(u.Hostname()))
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
	if err := s.DropCopies(); err != nil {
		return err
	}
	backups, err := v.Backup.config()
	if err != nil {
		return err
	}
	sso, err := v.SSO.config()
	if err != nil {
		return err
	}
	handler, err := server.New(s, server.Options{Log: log, Now: p.clock(), Reader: reader, Screener: &screening.Screener{},
		Secure: v.tls() != server.TLSNone, TLS: v.tls(), Proxies: v.Proxies, Address: strings.TrimSuffix(v.URL, "/"), SSO: sso, Backups: backups, Version: version})
	if err != nil {
		return err
	}
	defer handler.Close()
	serving, stop := untilUnflushed(p.ctx, s)
	defer stop()
	tending, enough := context.WithCancel(serving)
	var tended sync.WaitGroup
	tended.Go(func() { handler.Tend(tending) })
	tended.Go(func() { handler.KeepBackups(tending) })
	defer tended.Wait()
	defer enough()

	f, err := v.front()
	if err != nil {
		return err
	}
	l, err := v.listen(f)
	if err != nil {
		return err
	}
	defer l.Close()
	redirected, err := v.redirect(serving, f, l.Addr(), log)
	if err != nil {
		return err
	}
	if f.warm != nil {
		go func() {
			if err := f.warm(serving); err != nil {
				log.Error("certificates", "error", err.Error())
			} else {
				log.Info("certificates", "hosts", v.ACME.Host)
			}
		}()
	}
	if err := v.welcome(p, s, l.Addr()); err != nil {
		return err
	}
	if err := serveUntilDone(serving, &http.Server{Handler: handler, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}, l); err != nil {
		return err
	}
	stop()
	if err := redirected(); err != nil {
		return err
	}
	if err := context.Cause(serving); errors.Is(err, store.ErrUnflushed) {
		return err
	}
	return nil
}

// untilUnflushed returns a context that ends when the disk no longer keeps what
// is written to it. Only another process may look again at what is on the disk,
// so this one leaves with an error, and whoever watches over it starts the next.
func untilUnflushed(ctx context.Context, s *store.Store) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	go func() {
		select {
		case <-s.Unflushed():
			cancel(store.ErrUnflushed)
		case <-ctx.Done():
		}
	}()
	return ctx, func() { cancel(nil) }
}

// welcome prints where the workspace is reached and, as long as nobody can
// administer it, a link with which one person becomes the administrator.
func (v serveVerb) welcome(p process, s *store.Store, at net.Addr) error {
	scheme := "http"
	if v.TLSCert != "" || len(v.ACME.Host) > 0 {
		scheme = "https"
	}
	host := at.String()
	if len(v.ACME.Host) > 0 { // only by its name has it a certificate
		host = v.named(v.ACME.Host[0], at)
	}
	address := fmt.Sprintf("%s://%s", scheme, host)
	if _, err := fmt.Fprintf(p.stdout, "Dossierlens is at %s\n", address); err != nil {
		return err
	}
	had, err := s.HasAdministrator(p.ctx)
	if err != nil || had {
		return err
	}
	if _, err := fmt.Fprintln(p.stdout, "There is no administrator yet. Open this link once, within seven days, to become it:"); err != nil {
		return err
	}
	if v.URL != "" {
		address = strings.TrimSuffix(v.URL, "/")
	}
	return printLink(p, s, 0, address)
}
