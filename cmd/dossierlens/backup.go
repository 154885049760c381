package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"

	"github.com/dossierlens/dossierlens/server"
	"github.com/dossierlens/dossierlens/server/auth"
)

// backupVerb makes a consistent copy of a data folder, also while it is being
// served.
type backupVerb struct {
	data
	Out string `arg:"" help:"File to write; it must not exist yet."`
	recipients
	Keep int `default:"90" placeholder:"DAYS" help:"Days for which the copy is kept; certificates of deletions list it until then."`
}

// Run writes the copy.
func (v backupVerb) Run(p process) error {
	to, err := v.parse()
	if err != nil {
		return err
	}
	st, err := v.open(p)
	if err != nil {
		return err
	}
	defer st.Close()
	if err := st.KeepBackup(p.ctx, filepath.Base(v.Out), p.clock()().AddDate(0, 0, v.Keep)); err != nil {
		return err
	}
	if err := st.Backup(p.ctx, auth.Actor{}, v.Out, to...); err != nil {
		return err
	}
	fmt.Fprintf(p.stdout, "%s holds the whole workspace\n", v.Out)
	return nil
}

// recipients are for whom a backup is encrypted.
type recipients struct {
	Recipient      []string `placeholder:"AGE1..." help:"Encrypt for the owner of this key (age-keygen makes one); may be repeated."`
	RecipientsFile string   `type:"existingfile" placeholder:"F" help:"File with one such key a line."`
}

// parse returns them, none when the backup is not to be encrypted.
func (r recipients) parse() ([]age.Recipient, error) {
	text := strings.Join(r.Recipient, "\n")
	if r.RecipientsFile != "" {
		b, err := os.ReadFile(r.RecipientsFile)
		if err != nil {
			return nil, err
		}
		text += "\n" + string(b)
	}
	if strings.TrimSpace(text) == "" {
		if r.RecipientsFile != "" {
			return nil, fmt.Errorf("%s has no keys; write one on each line, such as age1q…", r.RecipientsFile)
		}
		return nil, nil
	}
	list, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("the keys to encrypt for are public keys such as age1...: %w", err)
	}
	return list, nil
}

// backupFlags say how a server makes backups by itself.
type backupFlags struct {
	To    string        `placeholder:"DIR" help:"Folder, best on another machine, in which the server makes backups by itself; each is restored on trial."`
	Every time.Duration `default:"24h" help:"Time between two backups."`
	Keep  int           `default:"30" placeholder:"N" help:"How many are kept; the oldest that the server made go."`
	recipients
}

func (f backupFlags) validate() error {
	switch {
	case f.To == "" && (len(f.Recipient) > 0 || f.RecipientsFile != ""):
		return errors.New("--backup-recipient goes with --backup-to")
	case f.Every < time.Minute:
		return errors.New("--backup-every is at least 1m")
	case f.Keep < 1:
		return errors.New("--backup-keep is at least 1")
	}
	return nil
}

// config returns what the server needs to know, nil when it makes none.
func (f backupFlags) config() (*server.Backups, error) {
	if f.To == "" {
		return nil, nil
	}
	to, err := f.parse()
	return &server.Backups{Dir: f.To, Every: f.Every, Keep: f.Keep, Recipients: to}, err
}
