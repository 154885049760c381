package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"

	"golang.org/x/term"

	"github.com/dossierlens/dossierlens/server/auth"
	"github.com/dossierlens/dossierlens/server/store"
)

// keyVariable is the environment's place for the key of a workspace.
const keyVariable = "DOSSIERLENS_KEY"

// keyFlag says where the key of an encrypted workspace is.
type keyFlag struct {
	KeyFile string `type:"existingfile" placeholder:"F" help:"File with the key of an encrypted workspace. Without it the key is taken from the environment, DOSSIERLENS_KEY, or asked for on the terminal."`
}

// given returns the key of the flag or of the environment, none when there is
// neither.
func (f keyFlag) given(p process) (auth.Key, error) {
	if f.KeyFile != "" {
		return readKey(f.KeyFile)
	}
	if words := p.getenv(keyVariable); words != "" {
		key, err := auth.ParseKey(words)
		if err != nil {
			return auth.Key{}, fmt.Errorf("%s: %w", keyVariable, err)
		}
		return key, nil
	}
	return auth.Key{}, nil
}

// with calls f with the key that was given and, when that has to be one and
// was not, once more with the one that a person types.
func (f keyFlag) with(p process, open func(auth.Key) error) error {
	key, err := f.given(p)
	if err != nil {
		return err
	}
	if err = open(key); !errors.Is(err, store.ErrNoKey) {
		return err
	}
	if !p.asks() {
		return fmt.Errorf("%w; give it with --key-file or in %s", err, keyVariable)
	}
	if key, err = p.ask("Key of the workspace"); err != nil {
		return err
	}
	return open(key)
}

// readKey reads the key in a file that is not for everybody.
func readKey(file string) (auth.Key, error) {
	f, err := os.Open(file)
	if err != nil {
		return auth.Key{}, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return auth.Key{}, err
	}
	if runtime.GOOS != "windows" && info.Mode().Perm()&0o007 != 0 {
		return auth.Key{}, fmt.Errorf("%s can be read by everybody on this machine; change that with chmod 600", file)
	}
	b, err := io.ReadAll(io.LimitReader(f, 4096))
	if err != nil {
		return auth.Key{}, err
	}
	key, err := auth.ParseKey(string(b))
	if err != nil {
		return auth.Key{}, fmt.Errorf("%s: %w", file, err)
	}
	return key, nil
}

// asks reports whether there is a person at a terminal to ask.
func (p process) asks() bool {
	f, ok := p.stdin.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// ask asks for a key, without showing what is typed.
func (p process) ask(question string) (auth.Key, error) {
	words, err := p.hidden(question)
	if err != nil {
		return auth.Key{}, err
	}
	return auth.ParseKey(string(words))
}

// askNew asks for a new key, twice: a slip of the finger would lock everybody
// out for good.
func (p process) askNew(question string) (auth.Key, error) {
	words, err := p.hidden(question)
	if err != nil {
		return auth.Key{}, err
	}
	again, err := p.hidden("Once more")
	if err != nil {
		return auth.Key{}, err
	}
	if !bytes.Equal(words, again) {
		return auth.Key{}, errors.New("the two are not the same; nothing was changed")
	}
	return auth.ParseKey(string(words))
}

func (p process) hidden(question string) ([]byte, error) {
	f, ok := p.stdin.(*os.File)
	if !ok {
		return nil, errors.New("there is no terminal to ask for the key on")
	}
	fmt.Fprint(p.stderr, question+": ")
	words, err := term.ReadPassword(int(f.Fd()))
	fmt.Fprintln(p.stderr)
	return words, err
}

// keyVerb makes a key.
type keyVerb struct {
	File string `arg:"" help:"File to write the key to; it must not exist yet."`
}

// Run writes a key of 256 random bits, for the owner of the file alone.
func (v keyVerb) Run(p process) error {
	f, err := os.OpenFile(v.File, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s exists already; a key is never overwritten", v.File)
	}
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(f, auth.NewKey())
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(p.stdout, "%s holds a new key. Keep a copy where the workspace and its backups are not: without the key nobody can ever read them again.\n", v.File)
	return err
}

// encryptVerb encrypts a workspace.
type encryptVerb struct{ data }

// Run encrypts, with the key that was given or one that a person types twice.
func (v encryptVerb) Run(p process) error {
	key, err := v.given(p)
	if err != nil {
		return err
	}
	if key.None() {
		if !p.asks() {
			return fmt.Errorf("give the key with --key-file or in %s; dossierlens key FILE makes one", keyVariable)
		}
		if key, err = p.askNew("New key"); err != nil {
			return err
		}
	}
	return v.reencrypt(p, auth.Key{}, key, "is encrypted")
}

// decryptVerb takes the encryption of a workspace away.
type decryptVerb struct{ data }

// Run decrypts.
func (v decryptVerb) Run(p process) error {
	key, err := v.current(p)
	if err != nil {
		return err
	}
	return v.reencrypt(p, key, auth.Key{}, "is no longer encrypted")
}

// rekeyVerb encrypts a workspace with another key.
type rekeyVerb struct {
	data
	NewKeyFile string `type:"existingfile" placeholder:"F" help:"File with the new key; without it the new key is asked for on the terminal."`
}

// Run encrypts everything anew: the old key opens nothing of it any more.
func (v rekeyVerb) Run(p process) error {
	key, err := v.current(p)
	if err != nil {
		return err
	}
	var fresh auth.Key
	switch {
	case v.NewKeyFile != "":
		fresh, err = readKey(v.NewKeyFile)
	case p.asks():
		fresh, err = p.askNew("New key")
	default:
		err = errors.New("give the new key with --new-key-file; dossierlens key FILE makes one")
	}
	if err != nil {
		return err
	}
	return v.reencrypt(p, key, fresh, "has a new key; the old one still opens older backups")
}

// current returns the key that the workspace has now.
func (d data) current(p process) (key auth.Key, err error) {
	if key, err = d.given(p); err != nil || !key.None() {
		return key, err
	}
	if !p.asks() {
		return key, fmt.Errorf("%w; give it with --key-file or in %s", store.ErrNoKey, keyVariable)
	}
	return p.ask("Key of the workspace")
}

// reencrypt writes the workspace anew and says what has become of it.
func (d data) reencrypt(p process, from, to auth.Key, done string) error {
	if err := d.exists(); err != nil {
		return err
	}
	show, hide := p.progress(d.Data + ", MB")
	err := store.Reencrypt(p.ctx, d.Data, p.clock(), from, to, func(done, of int64) { show(int(done>>20), int(of>>20)) })
	hide()
	switch {
	case errors.Is(err, store.ErrNoKey) && from.None():
		return fmt.Errorf("%s is encrypted already; dossierlens rekey gives it another key", d.Data)
	case err != nil:
		return err
	}
	if _, err := fmt.Fprintf(p.stdout, "%s %s\n", d.Data, done); err != nil || to.None() {
		return err
	}
	left, err := store.ReadableCopies(d.Data)
	for _, file := range left {
		if _, err := fmt.Fprintf(p.stdout, "%s is from before and not encrypted; remove it when it is no longer needed\n", file); err != nil {
			return err
		}
	}
	return err
}
