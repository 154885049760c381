package server

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// importKept is how long an upload waits to be confirmed.
const importKept = time.Hour

// imports holds the uploads that are checked, wait to be confirmed or are
// being stored. One is worked on at a time, for a batch stands in memory while
// it is read. Uploads stand in the data folder, never in the system's folder
// for temporary files, which others may read.
type imports struct {
	mu   sync.Mutex
	jobs map[string]*importJob
	dir  string

	turn chan struct{} // holds one: whose turn it is
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup
}

// open makes the folder for uploads and forgets those of an earlier process.
func (m *imports) open(dir string) error {
	if err := os.RemoveAll(dir); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	m.dir, m.jobs, m.turn = dir, map[string]*importJob{}, make(chan struct{}, 1)
	m.ctx, m.stop = context.WithCancel(context.Background())
	return nil
}

func (m *imports) close() error {
	m.stop()
	m.work.Wait()
	return os.RemoveAll(m.dir)
}

// A step is how far an upload has come.
type step string

const (
	checking  step = "checking"
	checked   step = "checked"
	storing   step = "storing"
	stored    step = "stored"
	refused   step = "refused" // its problems say why
	cancelled step = "cancelled"
)

// An importJob is one upload of one person.
type importJob struct {
	ID    string
	Study string
	User  int64
	Kind  string // "cases" or "codings"
	Name  string // of the file, as its sender called it
	Size  int64
	path  string
	at    time.Time

	mu    sync.Mutex
	state importState
	stop  context.CancelFunc // breaks off the step that is under way
	ended chan struct{}      // closed when the step that is under way ends
}

// An importState is what is known of an upload at one moment.
type importState struct {
	Step     step
	Done, Of int   // documents or codings
	Counts   []int // what was found or stored, in the order of the page
	Err      error // why it was refused
}

func (j *importJob) now() importState {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.state
}

func (j *importJob) progress(done, of int) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.state.Done, j.state.Of = done, of
}

// add keeps an upload under a name that nobody can guess, and forgets what
// its sender uploaded to the study before and what waited too long.
func (m *imports) add(j *importJob, now time.Time) *importJob {
	j.ID, j.at = rand.Text(), now
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, old := range m.jobs {
		if !old.busy() && (now.Sub(old.at) > importKept || old.User == j.User && old.Study == j.Study) {
			delete(m.jobs, id)
			os.Remove(old.path)
		}
	}
	m.jobs[j.ID] = j
	return j
}

// sweep forgets what waited too long.
func (m *imports) sweep(now time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, j := range m.jobs {
		if !j.busy() && now.Sub(j.at) > importKept {
			delete(m.jobs, id)
			os.Remove(j.path)
		}
	}
}

// forget removes the uploads to a study that are not being worked on, and
// returns how many these were.
func (m *imports) forget(study string) (n int, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for id, j := range m.jobs {
		if j.busy() || j.Study != study {
			continue
		}
		delete(m.jobs, id)
		switch rm := os.Remove(j.path); {
		case rm == nil:
			n++
		case !errors.Is(rm, os.ErrNotExist):
			err = errors.Join(err, rm)
		}
	}
	return n, err
}

// busy reports whether a step of the upload is under way.
func (j *importJob) busy() bool {
	step := j.now().Step
	return step == checking || step == storing
}

// find returns an upload of that person to that study, or nil.
func (m *imports) find(id, study string, user int64) *importJob {
	m.mu.Lock()
	defer m.mu.Unlock()
	if j := m.jobs[id]; j != nil && j.Study == study && j.User == user {
		return j
	}
	return nil
}

// begin does the work of a step beside the request, when its turn comes. The
// step must follow from the one before; it reports whether it does. The work
// returns counts, or why the upload is refused.
func (m *imports) begin(j *importJob, from, during, after step, work func(context.Context) ([]int, error)) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.state.Step != from {
		return false
	}
	j.state, j.ended = importState{Step: during, Counts: j.state.Counts}, make(chan struct{})
	ctx, stop := context.WithCancel(m.ctx)
	j.stop = stop
	m.work.Go(func() {
		defer stop()
		var counts []int
		var err error
		select {
		case m.turn <- struct{}{}:
			counts, err = work(ctx)
			<-m.turn
		case <-ctx.Done():
			err = ctx.Err()
		}
		j.mu.Lock()
		defer j.mu.Unlock()
		j.state = importState{Step: after, Counts: counts}
		switch {
		case errors.Is(err, context.Canceled):
			j.state = importState{Step: cancelled}
		case err != nil:
			j.state = importState{Step: refused, Err: err}
		}
		if j.state.Step != checked && j.state.Step != cancelled {
			os.Remove(j.path)
		}
		close(j.ended)
	})
	return true
}

// cancel breaks off the step that is under way and waits until it has ended.
// What is stored by then is stored.
func (j *importJob) cancel(ctx context.Context) {
	j.mu.Lock()
	stop, ended := j.stop, j.ended
	j.mu.Unlock()
	if stop == nil {
		return
	}
	stop()
	select {
	case <-ended:
	case <-ctx.Done():
	}
}

// wait returns what is known of j after its step ended, or after a moment.
func (j *importJob) wait(ctx context.Context, moment time.Duration) importState {
	j.mu.Lock()
	ended := j.ended
	j.mu.Unlock()
	timer := time.NewTimer(moment)
	defer timer.Stop()
	select {
	case <-ended:
	case <-timer.C:
	case <-ctx.Done():
	}
	return j.now()
}

// spool writes src to a file of the upload folder.
func (m *imports) spool(src io.Reader) (path string, size int64, err error) {
	f, err := os.OpenFile(filepath.Join(m.dir, rand.Text()), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", 0, err
	}
	size, err = io.Copy(f, src)
	if err = errors.Join(err, f.Close()); err != nil {
		os.Remove(f.Name())
		return "", 0, err
	}
	return f.Name(), size, nil
}
