package store

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/dossierlens/dossierlens/server/auth"
)

// An encrypted database is an ordinary one of SQLite, whose every page is
// encrypted by itself with XChaCha20-Poly1305 (RFC 8439; nonces of 24 random
// bytes), in the file, in its write-ahead log and in copies of it. The last 40
// bytes of a page, which SQLite is told to leave alone, hold the tag and the
// nonce; the number of the page is authenticated with it, so that no page can
// be put in the place of another. Of the first page the header of SQLite stays
// readable: it says how large pages are and counts them, and in the twenty
// bytes that SQLite reserves for later use stand a mark and the salt of the
// key.
const (
	pageSize   = 4096
	tagSize    = 16
	nonceSize  = 24
	reserved   = tagSize + nonceSize
	headerSize = 100 // of the first page, readable
	reservedAt = 20  // in the header: bytes that SQLite leaves alone in a page
	markAt     = 72
	mark       = "DLX1"
	saltSize   = auth.KeySalt
	markEnd    = markAt + len(mark) + saltSize
)

// errPage says that a page is not what was written, or not with this key.
var errPage = errors.New("the page cannot be opened")

// Errors of keys.
var (
	// ErrNoKey says that a workspace is encrypted and no key was given.
	ErrNoKey = errors.New("the workspace is encrypted and no key was given")
	// ErrWrongKey says that a workspace is not encrypted with the key that was
	// given.
	ErrWrongKey = errors.New("the workspace is not encrypted with this key, or its first page is damaged; nothing was changed")
	// ErrNotEncrypted says that a key was given for a workspace that is not
	// encrypted.
	ErrNotEncrypted = errors.New("a key was given, but the workspace is not encrypted; encrypt it first with dossierlens encrypt, or leave the key out")
)

// A pageCipher encrypts and decrypts the pages of files with one salt.
type pageCipher struct {
	salt [saltSize]byte
	auth.Cipher
}

func newPageCipher(key auth.Key, salt [saltSize]byte) (*pageCipher, error) {
	c, err := key.Cipher(salt)
	return &pageCipher{salt, c}, err
}

// additional is what is authenticated beside the contents of a page: its
// number, counted from 1, and of the first page the readable header.
func additional(number uint32, page []byte) []byte {
	b := binary.BigEndian.AppendUint32(make([]byte, 0, 4+headerSize), number)
	return append(b, page[:leftPlain(number)]...)
}

// leftPlain is how many bytes at the beginning of a page are not encrypted.
func leftPlain(number uint32) int {
	if number == 1 {
		return headerSize
	}
	return 0
}

// seal writes the encrypted form of a page to out. It refuses a page that has
// contents where the tag and the nonce go.
func (p *pageCipher) seal(out, page []byte, number uint32) error {
	if number == 1 && page[reservedAt] != reserved || !zero(page[pageSize-reserved:]) {
		return errors.New("the page has no room for what encryption adds")
	}
	n := leftPlain(number)
	copy(out, page[:n])
	if number == 1 {
		copy(out[markAt:], mark)
		copy(out[markAt+len(mark):], p.salt[:])
	}
	nonce := out[pageSize-nonceSize:]
	if _, err := rand.Read(nonce); err != nil {
		return err
	}
	p.Seal(out[n:n], nonce, page[n:pageSize-reserved], additional(number, out))
	return nil
}

// open turns an encrypted page into the page as SQLite wrote it, in place.
func (p *pageCipher) open(page []byte, number uint32) error {
	n := leftPlain(number)
	nonce := page[pageSize-nonceSize:]
	if _, err := p.Open(page[n:n], nonce, page[n:pageSize-nonceSize], additional(number, page)); err != nil {
		return errPage
	}
	clear(page[pageSize-reserved:])
	if number == 1 {
		clear(page[markAt:markEnd])
	}
	return nil
}

func zero(b []byte) bool { return len(bytes.TrimLeft(b, "\x00")) == 0 }

// saltOf returns the salt in the header of an encrypted database; false when
// it is not encrypted.
func saltOf(header []byte) (salt [saltSize]byte, encrypted bool) {
	if len(header) < headerSize || string(header[markAt:markAt+len(mark)]) != mark {
		return salt, false
	}
	return [saltSize]byte(header[markAt+len(mark) : markEnd]), true
}

// Encrypted reports whether the database in file is encrypted. A file that is
// not there or is empty is not.
func Encrypted(file string) (bool, error) {
	_, encrypted, _, err := readHeader(file)
	return encrypted, err
}

// readHeader reads the salt of the database in file, and whether there is
// anything in the file at all.
func readHeader(file string) (salt [saltSize]byte, encrypted, empty bool, err error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return salt, false, true, nil
	}
	if err != nil {
		return salt, false, false, err
	}
	defer f.Close()
	header := make([]byte, headerSize)
	n, err := io.ReadFull(f, header)
	switch {
	case errors.Is(err, io.EOF):
		return salt, false, true, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return salt, false, false, err
	}
	salt, encrypted = saltOf(header[:n])
	return salt, encrypted, false, nil
}

// opens reports whether p opens the database in file: its first page, or, for
// a machine may have stopped while that was being written, the first page in
// its write-ahead log, where it then still stands.
func (p *pageCipher) opens(file string) (bool, error) {
	page := make([]byte, pageSize)
	if ok, err := readAt(file, page, 0); err != nil {
		return false, err
	} else if ok && p.open(page, 1) == nil {
		return true, nil
	}
	frame := make([]byte, frameSize)
	ok, err := readAt(file+"-wal", frame, logHeader)
	if err != nil || !ok {
		return false, err
	}
	return p.open(frame[frameHeader:], binary.BigEndian.Uint32(frame)) == nil, nil
}

// readAt fills b from a place in a file; false when there is not that much.
func readAt(file string, b []byte, at int64) (bool, error) {
	f, err := os.Open(file)
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the database: %w", err)
	}
	defer f.Close()
	n, err := f.ReadAt(b, at)
	if n == len(b) {
		return true, nil
	}
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	return false, fmt.Errorf("read the database: %w", err)
}
