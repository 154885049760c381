package store

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"time"

	"filippo.io/age"
	"github.com/jmoiron/sqlx"
	lib "modernc.org/sqlite"
)

// copyPages copies the database of conn, as its transaction sees it, to the
// file at an address.
func copyPages(ctx context.Context, conn *sqlx.Conn, address string) error {
	return conn.Raw(func(driver any) error {
		source, ok := driver.(interface {
			NewBackup(uri string) (*lib.Backup, error)
		})
		if !ok {
			return fmt.Errorf("the driver %T makes no backups", driver)
		}
		b, err := source.NewBackup(address)
		if err != nil {
			return err
		}
		for more := true; more && err == nil; {
			if err = ctx.Err(); err == nil {
				more, err = b.Step(4096)
			}
		}
		return errors.Join(err, b.Finish())
	})
}

// printTables returns what every table has, by name.
func printTables(ctx context.Context, q sqlx.QueryerContext) ([]Print, error) {
	var tables []string
	err := sqlx.SelectContext(ctx, q, &tables, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`)
	if err != nil {
		return nil, err
	}
	list := make([]Print, len(tables))
	for i, table := range tables {
		if list[i], err = printTable(ctx, q, table); err != nil {
			return nil, fmt.Errorf("table %s: %w", table, err)
		}
	}
	return list, nil
}

func printTable(ctx context.Context, q sqlx.QueryerContext, table string) (Print, error) {
	p, h := Print{Table: table}, sha256.New()
	rows, err := q.QueryxContext(ctx, `SELECT * FROM "`+table+`"`)
	if err != nil {
		return p, err
	}
	defer rows.Close()
	for rows.Next() {
		cells, err := rows.SliceScan()
		if err != nil {
			return p, err
		}
		p.Rows++
		for _, cell := range cells {
			printCell(h, cell)
		}
	}
	h.Sum(p.Hash[:0])
	return p, rows.Err()
}

// printCell adds a value to a hash with its type and its length, so that no
// two rows look the same.
func printCell(h hash.Hash, cell any) {
	put := func(kind byte, b []byte) {
		h.Write(binary.BigEndian.AppendUint64([]byte{kind}, uint64(len(b))))
		h.Write(b)
	}
	switch v := cell.(type) {
	case nil:
		put('n', nil)
	case string:
		put('t', []byte(v))
	case []byte:
		put('b', v)
	case time.Time:
		put('d', []byte(v.Format(time.RFC3339Nano)))
	default: // numbers
		put('i', fmt.Append(nil, v))
	}
}

// encrypt writes a file, through to the disk, that only the recipients can
// read.
func encrypt(from, to string, recipients []age.Recipient) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	w, err := age.Encrypt(out, recipients...)
	if err == nil {
		_, err = io.Copy(w, in)
		err = errors.Join(err, w.Close())
	}
	return errors.Join(err, out.Sync(), out.Close())
}

// ageHeader is how an encrypted backup begins.
const ageHeader = "age-encryption.org/v1\n"

// decrypt writes a copy of a backup, through to the disk, that can be read. A
// backup that was not encrypted is copied as it is.
func decrypt(from, to string, identities []age.Identity) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	buffered := bufio.NewReaderSize(in, 64<<10)
	var r io.Reader = buffered
	if begin, _ := buffered.Peek(len(ageHeader)); string(begin) == ageHeader {
		if len(identities) == 0 {
			return fmt.Errorf("%s is encrypted; give the file with the key that opens it as --identity", from)
		}
		r, err = age.Decrypt(buffered, identities...)
		if _, other := errors.AsType[*age.NoIdentityMatchError](err); other {
			return fmt.Errorf("%s was encrypted for somebody else: no key in the identity file opens it", from)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be decrypted: %w", from, err)
		}
	}
	out, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	if _, err = io.Copy(out, r); err != nil {
		err = fmt.Errorf("%s cannot be read to its end: %w", from, err)
	}
	return errors.Join(err, out.Sync(), out.Close())
}
