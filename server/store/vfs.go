package store

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"reflect"
	"sync"
	"sync/atomic"

	"modernc.org/libc"
	lib "modernc.org/sqlite/lib"

	"github.com/dossierlens/dossierlens/server/auth"
)

// What SQLite calls a VFS stands between it and the files of the machine. Ours
// is the machine's own with four functions replaced: it encrypts what is
// written to a database, its write-ahead log and its rollback journal and
// decrypts what is read. So whatever the schema holds now or later is
// encrypted, and nothing else of the program knows.
//
// SQLite counts the checksums of its log over pages before they are encrypted,
// and reads them back as they were: it never writes to the bytes that are
// reserved in a page, and gets them back as zeros.

// The write-ahead log, https://www.sqlite.org/fileformat2.html#walformat
const (
	logHeader   = 32
	frameHeader = 24 // before each page, beginning with the page's number
	frameSize   = frameHeader + pageSize
)

type (
	openFunc    = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32
	readFunc    = func(tls *libc.TLS, file, buffer uintptr, n int32, at int64) int32
	closeFunc   = func(tls *libc.TLS, file uintptr) int32
	controlFunc = func(tls *libc.TLS, file uintptr, op int32, arg uintptr) int32
)

// A vault is a VFS for files with one key, or for one file without.
type vault struct {
	name  string
	key   auth.Key
	fresh *pageCipher // for a file that is made; nil without a key

	tls        *libc.TLS
	vfs, words uintptr // of SQLite: the VFS and its name
	under      uintptr // the machine's own VFS
	open       openFunc
	closed     sync.Once
}

// methods are those of the machine's own files, and the table with ours among
// them.
type methods struct {
	read, write readFunc
	close       closeFunc
	control     controlFunc
	address     uintptr // of the table
}

// A vaultFile is an open file of a vault. It is used by one connection.
type vaultFile struct {
	*methods
	pages *pageCipher // nil: not encrypted
	kind  int32
	db    uintptr // the connection

	frame  int64   // where the frame is whose header was written last
	number uint32  // of its page
	out    uintptr // a page of memory of SQLite's, for what is on its way
}

var (
	vaults  sync.Map // *vault by address of its VFS
	files   sync.Map // *vaultFile by address
	hooked  sync.Map // *methods by address of the machine's own
	counted atomic.Int64
)

// newVault makes a VFS for the database in file: with key, also for those that
// are copied from it. Without one nothing is encrypted, but room can be made
// for it. It reports a database that the key does not open.
func newVault(file string, key auth.Key) (*vault, error) {
	v := &vault{name: fmt.Sprintf("dossierlens-%d", counted.Add(1)), key: key}
	salt, encrypted, empty, err := readHeader(file)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the database: %w", err)
	case key.None() && encrypted:
		return nil, ErrNoKey
	case !key.None() && !encrypted && !empty:
		return nil, ErrNotEncrypted
	case !key.None():
		if empty {
			rand.Read(salt[:]) // never fails
		}
		if v.fresh, err = newPageCipher(key, salt); err != nil {
			return nil, err
		}
		if ok, err := v.fresh.opens(file); err != nil {
			return nil, err
		} else if !ok && !empty {
			return nil, ErrWrongKey
		}
	}
	return v, v.register()
}

func (v *vault) register() (err error) {
	v.tls = libc.NewTLS()
	v.under = lib.Xsqlite3_vfs_find(v.tls, 0)
	if v.under == 0 {
		return errors.New("SQLite knows no files on this machine")
	}
	if v.words, err = libc.CString(v.name); err != nil {
		return err
	}
	own := structAt[lib.Tsqlite3_vfs](v.under)
	v.open = *functionIn[openFunc](&own.FxOpen)
	if v.vfs = libc.Xcalloc(v.tls, 1, libc.Tsize_t(reflect.TypeFor[lib.Tsqlite3_vfs]().Size())); v.vfs == 0 {
		return errors.New("no memory for the files of the database")
	}
	made := structAt[lib.Tsqlite3_vfs](v.vfs)
	*made = *own
	made.FpNext, made.FzName = 0, v.words
	*functionIn[openFunc](&made.FxOpen) = vaultOpen
	vaults.Store(v.vfs, v)
	if rc := lib.Xsqlite3_vfs_register(v.tls, v.vfs, 0); rc != lib.SQLITE_OK {
		return fmt.Errorf("SQLite does not take the files of the database (%d)", rc)
	}
	return nil
}

// vaultFor returns the vault of the database in file, nil without a key.
func vaultFor(file string, key auth.Key) (*vault, error) {
	if !key.None() {
		return newVault(file, key)
	}
	encrypted, err := Encrypted(file)
	if err == nil && encrypted {
		err = ErrNoKey
	}
	return nil, err
}

// close takes the vault from SQLite. What SQLite knew of it stays in memory, a
// few hundred bytes, for a connection that is still open.
func (v *vault) close() {
	if v == nil {
		return
	}
	v.closed.Do(func() {
		lib.Xsqlite3_vfs_unregister(v.tls, v.vfs)
		vaults.Delete(v.vfs)
	})
}

// address names a file so that it is opened in the vault, with a question mark
// and parameters at its end. A nil vault names it as it is.
func (v *vault) address(file string) string {
	address := "file:" + (&url.URL{Path: filepath.ToSlash(file)}).EscapedPath() + "?_pragma=temp_store(MEMORY)"
	if v == nil {
		return address
	}
	// Temporary files would not be encrypted.
	return fmt.Sprintf("%s&vfs=%s&_pragma=%s(%d)", address, v.name, reservePragma, reserved)
}

// hook returns the methods of the machine's own files with ours put in.
func hook(tls *libc.TLS, address uintptr) (*methods, bool) {
	if m, ok := hooked.Load(address); ok {
		return m.(*methods), true
	}
	own := structAt[lib.Tsqlite3_io_methods](address)
	m := &methods{
		read: *functionIn[readFunc](&own.FxRead), write: *functionIn[readFunc](&own.FxWrite),
		close: *functionIn[closeFunc](&own.FxClose), control: *functionIn[controlFunc](&own.FxFileControl),
		address: libc.Xcalloc(tls, 1, libc.Tsize_t(reflect.TypeFor[lib.Tsqlite3_io_methods]().Size())),
	}
	if m.address == 0 {
		return nil, false
	}
	table := structAt[lib.Tsqlite3_io_methods](m.address)
	*table = *own
	table.FiVersion = min(own.FiVersion, 2) // the third lets SQLite read past us
	table.FxFetch, table.FxUnfetch = 0, 0
	*functionIn[readFunc](&table.FxRead), *functionIn[readFunc](&table.FxWrite) = vaultRead, vaultWrite
	*functionIn[closeFunc](&table.FxClose), *functionIn[controlFunc](&table.FxFileControl) = vaultClose, vaultControl
	kept, _ := hooked.LoadOrStore(address, m)
	return kept.(*methods), true
}

const kinds = lib.SQLITE_OPEN_MAIN_DB | lib.SQLITE_OPEN_WAL | lib.SQLITE_OPEN_MAIN_JOURNAL

func vaultOpen(tls *libc.TLS, vfs, name, file uintptr, flags int32, out uintptr) int32 {
	found, ok := vaults.Load(vfs)
	if !ok {
		return lib.SQLITE_CANTOPEN
	}
	v := found.(*vault)
	opened := structAt[lib.Tsqlite3_file](file)
	opened.FpMethods = 0
	kind := flags & kinds
	switch {
	case flags&lib.SQLITE_OPEN_SUPER_JOURNAL != 0: // holds names of files
		return v.open(tls, v.under, name, file, flags, out)
	case kind == 0: // temporary files; they are told to stay in memory
		return lib.SQLITE_CANTOPEN
	}
	if rc := v.open(tls, v.under, name, file, flags, out); rc != lib.SQLITE_OK {
		return rc
	}
	m, ok := hook(tls, opened.FpMethods)
	if !ok {
		return lib.SQLITE_NOMEM
	}
	f := &vaultFile{methods: m, kind: kind, frame: -1, out: libc.Xmalloc(tls, pageSize)}
	if f.out == 0 {
		m.close(tls, file)
		opened.FpMethods = 0
		return lib.SQLITE_NOMEM
	}
	rc := int32(lib.SQLITE_OK)
	switch {
	case v.key.None():
	case kind == lib.SQLITE_OPEN_MAIN_DB:
		f.pages, rc = v.pagesOf(tls, f, file)
	default:
		if main, ok := files.Load(lib.Xsqlite3_database_file_object(tls, name)); ok {
			f.pages = main.(*vaultFile).pages
		} else {
			rc = lib.SQLITE_CANTOPEN
		}
	}
	if rc != lib.SQLITE_OK {
		libc.Xfree(tls, f.out)
		m.close(tls, file)
		opened.FpMethods = 0
		return rc
	}
	files.Store(file, f)
	opened.FpMethods = m.address
	return lib.SQLITE_OK
}

// pagesOf finds what encrypts a database that was just opened.
func (v *vault) pagesOf(tls *libc.TLS, f *vaultFile, file uintptr) (*pageCipher, int32) {
	rc := f.read(tls, file, f.out, headerSize, 0)
	header := bytesAt(f.out, headerSize)
	if rc == lib.SQLITE_IOERR_SHORT_READ && zero(header) {
		return v.fresh, lib.SQLITE_OK
	}
	salt, encrypted := saltOf(header)
	if rc != lib.SQLITE_OK || !encrypted {
		return nil, lib.SQLITE_NOTADB
	}
	p, err := newPageCipher(v.key, salt)
	if err != nil {
		return nil, lib.SQLITE_NOTADB
	}
	return p, lib.SQLITE_OK
}

func vaultClose(tls *libc.TLS, file uintptr) int32 {
	f := fileAt(file)
	files.Delete(file)
	libc.Xfree(tls, f.out)
	return f.close(tls, file)
}

func fileAt(file uintptr) *vaultFile {
	f, _ := files.Load(file)
	return f.(*vaultFile)
}

// What SQLite reads and writes: of a database whole pages, the beginnings of
// some, and bytes of its header; of the log whole frames, pages in them and headers; of a journal
// whole pages and short words. Whatever else it might ask is refused.

func vaultRead(tls *libc.TLS, file, buffer uintptr, n int32, at int64) int32 {
	f := fileAt(file)
	if f.pages == nil {
		return f.read(tls, file, buffer, n, at)
	}
	rc := f.read(tls, file, buffer, n, at)
	if rc != lib.SQLITE_OK && rc != lib.SQLITE_IOERR_SHORT_READ {
		return rc
	}
	b := bytesAt(buffer, int(n))
	if rc == lib.SQLITE_IOERR_SHORT_READ && n >= pageSize {
		clear(b) // there is no such page, or not the whole of it
		return rc
	}
	switch f.kind {
	case lib.SQLITE_OPEN_MAIN_DB:
		return f.readPage(tls, file, b, at, rc)
	case lib.SQLITE_OPEN_WAL:
		return f.readLog(tls, file, b, at, rc)
	}
	if n == pageSize && f.pages.open(b, 0) != nil {
		return lib.SQLITE_IOERR_DATA
	}
	return rc
}

func (f *vaultFile) readPage(tls *libc.TLS, file uintptr, b []byte, at int64, rc int32) int32 {
	within := at % pageSize
	switch {
	case at+int64(len(b)) <= headerSize:
		for i := range b {
			if place := at + int64(i); place >= markAt && place < int64(markEnd) {
				b[i] = 0
			}
		}
		return rc
	case within+int64(len(b)) > pageSize:
		return lib.SQLITE_IOERR_READ
	case len(b) < pageSize: // a page of a long value, which SQLite reads without keeping it
		if rc = f.read(tls, file, f.out, pageSize, at-within); rc != lib.SQLITE_OK {
			return rc
		}
		page := bytesAt(f.out, pageSize)
		rc = f.openPage(page, at/pageSize)
		copy(b, page[within:])
		clear(page)
		return rc
	}
	return max(rc, f.openPage(b, at/pageSize))
}

// openPage decrypts a page by its place in the database, counted from 0.
func (f *vaultFile) openPage(page []byte, place int64) int32 {
	// A page that was never written is a hole in the file.
	if place > 0 && zero(page[pageSize-nonceSize:]) && zero(page) {
		return lib.SQLITE_OK
	}
	if f.pages.open(page, uint32(place)+1) != nil {
		return lib.SQLITE_IOERR_DATA
	}
	return lib.SQLITE_OK
}

func (f *vaultFile) readLog(tls *libc.TLS, file uintptr, b []byte, at int64, rc int32) int32 {
	place := (at - logHeader) % frameSize
	switch {
	case len(b) == frameSize && place == 0:
		// SQLite looks for the end of the log: a frame that does not open is
		// one that was not written to its end, and is shown as none at all.
		if f.pages.open(b[frameHeader:], binary.BigEndian.Uint32(b)) != nil {
			clear(b)
		}
	case len(b) == pageSize && place == frameHeader:
		number, rc := f.numberAt(tls, file, at-frameHeader)
		if rc != lib.SQLITE_OK {
			return rc
		}
		if f.pages.open(b, number) != nil {
			return lib.SQLITE_IOERR_DATA
		}
	case len(b) > logHeader:
		return lib.SQLITE_IOERR_READ
	}
	return rc
}

// numberAt reads the number of the page in the frame of the log at a place.
func (f *vaultFile) numberAt(tls *libc.TLS, file uintptr, frame int64) (uint32, int32) {
	rc := f.read(tls, file, f.out, 4, frame)
	return binary.BigEndian.Uint32(bytesAt(f.out, 4)), rc
}

func vaultWrite(tls *libc.TLS, file, buffer uintptr, n int32, at int64) int32 {
	f := fileAt(file)
	if f.pages == nil {
		return f.write(tls, file, buffer, n, at)
	}
	b := bytesAt(buffer, int(n))
	var number uint32
	switch f.kind {
	case lib.SQLITE_OPEN_MAIN_DB:
		if n != pageSize || at%pageSize != 0 {
			return lib.SQLITE_IOERR_WRITE
		}
		number = uint32(at/pageSize) + 1
	case lib.SQLITE_OPEN_WAL:
		place := (at - logHeader) % frameSize
		switch {
		case n == frameHeader && place == 0:
			f.frame, f.number = at, binary.BigEndian.Uint32(b)
			return f.write(tls, file, buffer, n, at)
		case n == logHeader && at == 0:
			return f.write(tls, file, buffer, n, at)
		case n != pageSize || place != frameHeader:
			return lib.SQLITE_IOERR_WRITE
		}
		if f.frame != at-frameHeader { // a page that is written over an earlier one of the same transaction
			number, rc := f.numberAt(tls, file, at-frameHeader)
			if rc != lib.SQLITE_OK {
				return rc
			}
			f.frame, f.number = at-frameHeader, number
		}
		number = f.number
	default:
		if n != pageSize {
			return f.write(tls, file, buffer, n, at)
		}
	}
	if f.pages.seal(bytesAt(f.out, pageSize), b, number) != nil {
		return lib.SQLITE_IOERR_WRITE
	}
	return f.write(tls, file, f.out, pageSize, at)
}

// The driver runs pragmas in the order of the alphabet; this one comes before
// those that write.
//
// reservePragma has SQLite leave bytes alone at the end of each page of a
// database that is empty yet, or is copied into one.
const reservePragma = "bytes_reserved"

func vaultControl(tls *libc.TLS, file uintptr, op int32, arg uintptr) int32 {
	f := fileAt(file)
	switch op {
	case lib.SQLITE_FCNTL_PDB:
		f.db = *structAt[uintptr](arg)
	case lib.SQLITE_FCNTL_PRAGMA:
		if name := libc.GoString(structAt[[2]uintptr](arg)[1]); f.db != 0 && name == reservePragma {
			n := libc.Xcalloc(tls, 1, 4)
			if n == 0 {
				return lib.SQLITE_NOMEM
			}
			defer libc.Xfree(tls, n)
			binary.NativeEndian.PutUint32(bytesAt(n, 4), reserved)
			return lib.Xsqlite3_file_control(tls, f.db, 0, lib.SQLITE_FCNTL_RESERVE_BYTES, n)
		}
	}
	return f.control(tls, file, op, arg)
}
