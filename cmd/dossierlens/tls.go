package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
)

// acmeFlags say that the server gets its certificates by itself.
type acmeFlags struct {
	Host      []string `placeholder:"NAME" help:"Name of this server for which to get a certificate from an ACME server, whose terms you accept by this; may be repeated. That server must reach this one at port 443, or with --redirect at port 80."`
	Email     string   `placeholder:"ADDR" help:"Where the ACME server may write to."`
	Directory string   `placeholder:"URL" help:"Directory of the ACME server; by default that of Let's Encrypt."`
	CA        string   `name:"ca" type:"existingfile" placeholder:"F" help:"Certificate (PEM) by which to know the ACME server itself, for one of your own."`
}

var hostName = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$`)

func (f acmeFlags) validate() error {
	if len(f.Host) == 0 && (f.Email != "" || f.Directory != "" || f.CA != "") {
		return errors.New("--acme-email, --acme-directory and --acme-ca go with --acme-host")
	}
	for _, host := range f.Host {
		if !hostName.MatchString(host) {
			return fmt.Errorf("--acme-host %s is not the whole name of a server, such as dossiers.example.nl", host)
		}
	}
	if f.Directory != "" && !strings.HasPrefix(f.Directory, "https://") {
		return errors.New("--acme-directory is an https:// address")
	}
	return nil
}

// A front is how people reach the server: with its own certificate or without.
type front struct {
	config    *tls.Config                              // nil: no TLS of its own
	challenge func(fallback http.Handler) http.Handler // answers what an ACME server asks over HTTP
	warm      func(context.Context) error              // gets the first certificates; nil when there are none to get
}

// front makes ready what the flags ask.
func (v serveVerb) front() (front, error) {
	protocols := []string{"h2", "http/1.1"}
	same := func(h http.Handler) http.Handler { return h }
	switch {
	case v.TLSCert != "":
		pair, err := tls.LoadX509KeyPair(v.TLSCert, v.TLSKey)
		if err != nil {
			return front{}, fmt.Errorf("certificate: %w", err)
		}
		return front{&tls.Config{Certificates: []tls.Certificate{pair}, NextProtos: protocols, MinVersion: tls.VersionTLS12}, same, nil}, nil
	case len(v.ACME.Host) > 0:
		m, err := auth.Certificates(v.ACME.Host, filepath.Join(v.Data, "certificates"), v.ACME.Email, v.ACME.Directory)
		if err != nil {
			return front{}, fmt.Errorf("certificates: %w", err)
		}
		if v.ACME.CA != "" {
			pem, err := os.ReadFile(v.ACME.CA)
			if err != nil {
				return front{}, err
			}
			roots := x509.NewCertPool()
			if !roots.AppendCertsFromPEM(pem) {
				return front{}, fmt.Errorf("%s holds no certificate", v.ACME.CA)
			}
			m.Client.HTTPClient = &http.Client{Timeout: time.Minute,
				Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true}}
		}
		config := m.TLSConfig() // with the protocol of the challenge over TLS (RFC 8737)
		config.MinVersion = tls.VersionTLS12
		warm := func(ctx context.Context) error {
			for _, host := range v.ACME.Host {
				// As a browser of today asks; autocert makes another kind of key for old ones.
				hello := &tls.ClientHelloInfo{ServerName: host, CipherSuites: []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
					SupportedVersions: []uint16{tls.VersionTLS13}, SignatureSchemes: []tls.SignatureScheme{tls.ECDSAWithP256AndSHA256}, SupportedCurves: []tls.CurveID{tls.CurveP256}}
				if _, err := m.GetCertificate(hello); err != nil {
					return fmt.Errorf("certificate for %s: %w", host, err)
				}
			}
			return nil
		}
		return front{config, m.HTTPHandler, warm}, nil
	}
	return front{nil, same, nil}, nil
}

// tls says what encrypts the way to the server.
func (v serveVerb) tls() server.TLS {
	switch {
	case v.TLSCert != "":
		return server.TLSFiles
	case len(v.ACME.Host) > 0:
		return server.TLSACME
	case strings.HasPrefix(v.URL, "https://"):
		return server.TLSProxy
	}
	return server.TLSNone
}

// listen opens the address, with TLS when there is a certificate.
func (v serveVerb) listen(f front) (net.Listener, error) {
	if f.config == nil {
		return net.Listen("tcp", v.Listen)
	}
	return tls.Listen("tcp", v.Listen, f.config)
}

// redirect serves at the address of the flag, until ctx is done: who comes
// without TLS is sent to the same page with it. What is more than looking at a
// page is refused, for it was sent unencrypted already.
func (v serveVerb) redirect(ctx context.Context, f front, to net.Addr, log *slog.Logger) (done func() error, err error) {
	if v.Redirect == "" {
		return func() error { return nil }, nil
	}
	l, err := net.Listen("tcp", v.Redirect)
	if err != nil {
		return nil, err
	}
	log.Info("redirect", "address", l.Addr().String())
	challenge := f.challenge(v.toTLS(to))
	byName := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if name, _, err := net.SplitHostPort(r.Host); err == nil { // of a port that is forwarded here
			r.Host = name
		}
		challenge.ServeHTTP(w, r)
	})
	s := &http.Server{Handler: byName, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelWarn)}
	ended := make(chan error, 1)
	go func() { ended <- serveUntilDone(ctx, s, l) }()
	return func() error { return <-ended }, nil
}

// named is a name of this server with the port at which it listens.
func (v serveVerb) named(name string, at net.Addr) string {
	if _, port, err := net.SplitHostPort(at.String()); err == nil && port != "443" {
		return net.JoinHostPort(name, port)
	}
	return name
}

// toTLS sends requests on to the name of this server: the one that was asked
// for when it is one of its own, or else the first. No request decides where
// it is sent.
func (v serveVerb) toTLS(at net.Addr) http.Handler {
	names, full := v.ACME.Host, func(name string) string { return v.named(name, at) }
	if u, err := url.Parse(v.URL); err == nil && u.Host != "" {
		names, full = []string{u.Host}, func(name string) string { return name }
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			w.Header().Set("Connection", "close")
			http.Error(w, "use https://", http.StatusForbidden)
			return
		}
		name := names[0]
		if slices.Contains(names, r.Host) {
			name = r.Host
		}
		http.Redirect(w, r, (&url.URL{Scheme: "https", Host: full(name), Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}).String(), http.StatusPermanentRedirect)
	})
}
