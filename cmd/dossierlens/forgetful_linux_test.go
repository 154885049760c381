package main

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"github.com/dossierlens/dossierlens/server/store"
)

// A forgetfulDisk is a file system that keeps apart what was written and what
// reached the disk, as a system with a cache does. After [forgetfulDisk.fail]
// one fsync fails, and does what Linux does then: what it should have flushed
// counts as written and never reaches the disk, whatever fsync says later.
// [forgetfulDisk.forget] is the power cut: what did not reach the disk is gone,
// but for pages that the system happened to have written by itself.
type forgetfulDisk struct {
	t      *testing.T
	dir    string
	server *fuse.Server

	mu      sync.Mutex
	random  *rand.Rand
	failing string // end of the name of the file whose fsync fails, empty for none
	failed  int
	files   map[string]*forgetfulFile // of the data folder itself
}

// sheet is the size of a page of memory, which is written as one.
const sheet = 4096

// A forgetfulFile is a file on it.
type forgetfulFile struct {
	fs.Inode
	disk      *forgetfulDisk
	name      string
	mode      uint32
	now, kept []byte
	dirty     map[int]bool // pages that the next fsync writes
}

// newForgetfulDisk mounts one with a copy of the database of a data folder; ok
// is false where nothing can be mounted.
func newForgetfulDisk(t *testing.T, data string, seed uint64) (d *forgetfulDisk, ok bool) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(data, store.File))
	if err != nil {
		t.Fatal(err)
	}
	d = &forgetfulDisk{t: t, dir: t.TempDir(), random: rand.New(rand.NewPCG(seed, 3)), files: map[string]*forgetfulFile{}}
	d.files[store.File] = &forgetfulFile{name: store.File, mode: 0o600, now: b, kept: b}
	if err := d.mount(); err != nil {
		t.Logf("no file system can be mounted here (%v)", err)
		return d, false
	}
	t.Cleanup(func() { d.server.Unmount() })
	return d, true
}

func (d *forgetfulDisk) mount() (err error) {
	d.server, err = fs.Mount(d.dir, &forgetfulFolder{disk: d, top: true},
		&fs.Options{MountOptions: fuse.MountOptions{DirectMountStrict: true, Options: []string{"default_permissions"}}})
	return err
}

// fail has the next fsync of the file whose name ends so fail.
func (d *forgetfulDisk) fail(end string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.failing = end
}

// forget cuts the power and starts the machine again.
func (d *forgetfulDisk) forget() {
	d.t.Helper()
	if err := d.server.Unmount(); err != nil {
		d.t.Fatal(err)
	}
	d.mu.Lock()
	for name, f := range d.files {
		for n := range f.dirty {
			if d.random.IntN(2) == 0 {
				f.keep(n)
			}
		}
		d.files[name] = &forgetfulFile{name: name, mode: f.mode, now: f.kept, kept: f.kept}
	}
	d.failing = ""
	d.mu.Unlock()
	if err := d.mount(); err != nil {
		d.t.Fatal(err)
	}
}

// copied writes what is on the disk to a folder elsewhere, for this process
// must not wait for a file system that it serves itself.
func (d *forgetfulDisk) copied() (dir string) {
	d.t.Helper()
	dir = d.t.TempDir()
	d.mu.Lock()
	defer d.mu.Unlock()
	for name, f := range d.files {
		if strings.HasPrefix(name, store.File) && !strings.HasSuffix(name, "-shm") {
			if err := os.WriteFile(filepath.Join(dir, name), f.kept, 0o600); err != nil {
				d.t.Fatal(err)
			}
		}
	}
	return dir
}

// keep has a page of the file reach the disk.
func (f *forgetfulFile) keep(n int) {
	from, to := n*sheet, min((n+1)*sheet, len(f.now))
	if from >= to {
		return
	}
	if to > len(f.kept) {
		f.kept = append(f.kept[:len(f.kept):len(f.kept)], make([]byte, to-len(f.kept))...)
	}
	copy(f.kept[from:to], f.now[from:to])
}

// own makes the contents the file's own before they change.
func (f *forgetfulFile) own(size int) {
	fresh := make([]byte, size)
	copy(fresh, f.now)
	f.now = fresh
}

func (f *forgetfulFile) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, 0, 0
}

func (f *forgetfulFile) Read(_ context.Context, _ fs.FileHandle, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	if off >= int64(len(f.now)) {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData(dest[:copy(dest, f.now[off:])]), 0
}

func (f *forgetfulFile) Write(_ context.Context, _ fs.FileHandle, data []byte, off int64) (uint32, syscall.Errno) {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	end := int(off) + len(data)
	if end > cap(f.now) || f.dirty == nil {
		at := len(f.now)
		f.own(max(end*3/2, at))
		f.now = f.now[:at]
	}
	f.now = f.now[:max(end, len(f.now))]
	copy(f.now[off:], data)
	if f.dirty == nil {
		f.dirty = map[int]bool{}
	}
	for n := int(off) / sheet; n <= (end-1)/sheet; n++ {
		f.dirty[n] = true
	}
	return uint32(len(data)), 0
}

// Fsync writes what is dirty to the disk, or loses it.
func (f *forgetfulFile) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno {
	d := f.disk
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failing != "" && strings.HasSuffix(f.name, d.failing) && len(f.dirty) > 0 {
		d.failing = ""
		d.failed++
		clear(f.dirty)
		return syscall.EIO
	}
	for n := range f.dirty {
		f.keep(n)
	}
	if len(f.kept) > len(f.now) {
		f.kept = f.kept[:len(f.now):len(f.now)]
	}
	clear(f.dirty)
	return 0
}

func (f *forgetfulFile) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	f.disk.mu.Lock()
	defer f.disk.mu.Unlock()
	out.Mode, out.Size, out.Blksize = fuse.S_IFREG|f.mode, uint64(len(f.now)), sheet
	return 0
}

func (f *forgetfulFile) Setattr(ctx context.Context, h fs.FileHandle, in *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	f.disk.mu.Lock()
	if size, ok := in.GetSize(); ok {
		at := len(f.now)
		f.own(int(size))
		if f.dirty == nil {
			f.dirty = map[int]bool{}
		}
		for n := at / sheet; n*sheet < int(size); n++ {
			f.dirty[n] = true
		}
	}
	if mode, ok := in.GetMode(); ok {
		f.mode = mode & 0o7777
	}
	f.disk.mu.Unlock()
	return f.Getattr(ctx, h, out)
}

// A forgetfulFolder is the data folder, at the top, or one in it.
type forgetfulFolder struct {
	fs.Inode
	disk *forgetfulDisk
	top  bool
}

func (d *forgetfulFolder) OnAdd(ctx context.Context) {
	if !d.top {
		return
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	for name, f := range d.disk.files {
		f.disk = d.disk
		d.AddChild(name, d.NewPersistentInode(ctx, f, fs.StableAttr{Mode: fuse.S_IFREG}), true)
	}
}

func (d *forgetfulFolder) Getattr(_ context.Context, _ fs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Mode = fuse.S_IFDIR | 0o700
	return 0
}

func (d *forgetfulFolder) Setattr(ctx context.Context, h fs.FileHandle, _ *fuse.SetAttrIn, out *fuse.AttrOut) syscall.Errno {
	return d.Getattr(ctx, h, out)
}

func (d *forgetfulFolder) Fsync(context.Context, fs.FileHandle, uint32) syscall.Errno { return 0 }

func (d *forgetfulFolder) Create(ctx context.Context, name string, _, mode uint32, out *fuse.EntryOut) (*fs.Inode, fs.FileHandle, uint32, syscall.Errno) {
	f := &forgetfulFile{disk: d.disk, name: name, mode: mode & 0o7777}
	if d.top {
		d.disk.mu.Lock()
		d.disk.files[name] = f
		d.disk.mu.Unlock()
	}
	child := d.NewPersistentInode(ctx, f, fs.StableAttr{Mode: fuse.S_IFREG})
	d.AddChild(name, child, true)
	out.Mode = fuse.S_IFREG | f.mode
	return child, nil, 0, 0
}

func (d *forgetfulFolder) Mkdir(ctx context.Context, name string, _ uint32, out *fuse.EntryOut) (*fs.Inode, syscall.Errno) {
	child := d.NewPersistentInode(ctx, &forgetfulFolder{disk: d.disk}, fs.StableAttr{Mode: fuse.S_IFDIR})
	d.AddChild(name, child, true)
	out.Mode = fuse.S_IFDIR | 0o700
	return child, 0
}

func (d *forgetfulFolder) Unlink(_ context.Context, name string) syscall.Errno {
	if d.top {
		d.disk.mu.Lock()
		delete(d.disk.files, name)
		d.disk.mu.Unlock()
	}
	return 0
}

func (d *forgetfulFolder) Rmdir(context.Context, string) syscall.Errno { return 0 }

func (d *forgetfulFolder) Rename(_ context.Context, name string, parent fs.InodeEmbedder, renamed string, flags uint32) syscall.Errno {
	if flags != 0 {
		return unix.EINVAL
	}
	d.disk.mu.Lock()
	defer d.disk.mu.Unlock()
	if f := d.disk.files[name]; d.top && f != nil {
		delete(d.disk.files, name)
		if parent.(*forgetfulFolder).top {
			f.name = renamed
			d.disk.files[renamed] = f
		}
	}
	return 0
}
