package intake

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// A pdfEngine is PDFium, compiled to WebAssembly, in a sandbox without files.
// Nothing of it is loaded before the first PDF.
//
// Compiling it takes seconds and a few hundred megabytes, and makes reading
// many times faster. So a first start reads its first pages by interpreter,
// and compiles beside the work when there is more to do; the result stays in
// dir for later starts, which load it at once.
type pdfEngine struct {
	dir string // of the compiled engine; empty keeps none

	mu       sync.Mutex
	closed   bool
	slow     pdfium.Pool   // interpreter
	fast     pdfium.Pool   // compiled
	fastErr  error         // why it could not be compiled
	compiled chan struct{} // closed when fast or fastErr is set; nil before it began
	pages    int           // read by interpreter
}

const (
	// interpretedPages is how many pages are read by interpreter before it
	// pays to compile.
	interpretedPages = 40
	// engineMemory bounds one document's engine, in pages of 64 KiB.
	engineMemory = 8192
	// engineJobs is how many PDFs are read at once.
	engineJobs = 2
)

// pool gives the engine that is ready soonest, and whether it is compiled.
func (e *pdfEngine) pool() (pool pdfium.Pool, fast bool, err error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case e.closed:
		return nil, false, errors.New("the reader was closed")
	case e.fast != nil:
		return e.fast, true, nil
	case e.compiled == nil && e.isCached():
		e.compiled = make(chan struct{})
		e.fast, e.fastErr = e.start(true)
		close(e.compiled)
		if e.fast != nil {
			return e.fast, true, nil
		}
	}
	if e.slow == nil {
		if e.slow, err = e.start(false); err != nil {
			return nil, false, err
		}
	}
	return e.slow, false, nil
}

// interpreted counts pages that are to be read by interpreter, and reports
// whether it is better to wait for the compiled engine.
func (e *pdfEngine) interpreted(pages int) (wait bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.pages += pages
	if e.pages > interpretedPages {
		e.compile()
	}
	return pages > interpretedPages && e.fastErr == nil
}

// compile starts the compiler, once. The caller holds the lock.
func (e *pdfEngine) compile() {
	if e.compiled != nil || e.closed {
		return
	}
	done := make(chan struct{})
	e.compiled = done
	go func() {
		defer close(done)
		fast, err := e.start(true)
		e.mu.Lock()
		defer e.mu.Unlock()
		e.fast, e.fastErr = fast, err
	}()
}

func (e *pdfEngine) warm() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.compile()
}

// ready waits for the compiled engine.
func (e *pdfEngine) ready(ctx context.Context) (pdfium.Pool, error) {
	e.mu.Lock()
	e.compile()
	done := e.compiled
	e.mu.Unlock()
	if done == nil {
		return nil, errors.New("the reader was closed")
	}
	select {
	case <-done:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.fast, e.fastErr
}

// start loads the engine. The file system it gets is empty: by default it
// would have that of the host.
func (e *pdfEngine) start(compiled bool) (pool pdfium.Pool, err error) {
	defer func() {
		if p := recover(); p != nil {
			pool, err = nil, fmt.Errorf("the engine failed (%v)", p)
		}
	}()
	config := wazero.NewRuntimeConfigInterpreter()
	if compiled {
		config = wazero.NewRuntimeConfig()
		if e.dir != "" {
			if err := os.MkdirAll(e.dir, 0o700); err != nil {
				return nil, err
			}
			cache, err := wazero.NewCompilationCacheWithDir(e.dir)
			if err != nil {
				return nil, err
			}
			config = config.WithCompilationCache(cache)
		}
	}
	config = config.
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithCloseOnContextDone(true).
		WithMemoryLimitPages(engineMemory)
	pool, err = webassembly.Init(webassembly.Config{
		MaxTotal: engineJobs, FSConfig: wazero.NewFSConfig(), RuntimeConfig: config,
		Stdout: io.Discard, Stderr: io.Discard, RandomSource: rand.Reader,
	})
	if err == nil && compiled && e.dir != "" {
		err = os.WriteFile(e.marker(), nil, 0o600)
	}
	return pool, err
}

// marker is the file that says that dir holds this version of the engine.
func (e *pdfEngine) marker() string {
	name := "pdf-engine-" + runtime.GOOS + "-" + runtime.GOARCH
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, m := range info.Deps {
			if m.Path == "github.com/klippa-app/go-pdfium" || m.Path == "github.com/tetratelabs/wazero" {
				name += "-" + m.Version
			}
		}
	}
	return filepath.Join(e.dir, name)
}

func (e *pdfEngine) isCached() bool {
	if e.dir == "" {
		return false
	}
	_, err := os.Stat(e.marker())
	return err == nil
}

// close waits for a compilation under way, so that no half-written file
// stays behind and nothing runs on after it.
func (e *pdfEngine) close() error {
	e.mu.Lock()
	e.closed = true
	done := e.compiled
	e.mu.Unlock()
	if done != nil {
		<-done
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	var errs []error
	for _, pool := range []pdfium.Pool{e.slow, e.fast} {
		if pool != nil {
			errs = append(errs, pool.Close())
		}
	}
	e.slow, e.fast = nil, nil
	return errors.Join(errs...)
}
