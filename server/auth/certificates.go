package auth

import (
	"os"

	"golang.org/x/crypto/acme"
	"golang.org/x/crypto/acme/autocert"
)

// Certificates gets certificates for hosts from an ACME server (RFC 8555) and
// renews them, a month before they end. It keeps them and the key of its
// account in the folder cache, for its owner alone. directory is the address
// of the server, email where it may write to; both may be empty, for Let's
// Encrypt and for nobody. It calls nobody before it is asked for a certificate.
func Certificates(hosts []string, cache, email, directory string) (*autocert.Manager, error) {
	if err := os.MkdirAll(cache, 0o700); err != nil {
		return nil, err
	}
	if directory == "" {
		directory = autocert.DefaultACMEDirectory
	}
	return &autocert.Manager{
		Prompt:     autocert.AcceptTOS, // as the help of the flag says
		Cache:      autocert.DirCache(cache),
		HostPolicy: autocert.HostWhitelist(hosts...),
		Email:      email,
		Client:     &acme.Client{DirectoryURL: directory},
	}, nil
}
