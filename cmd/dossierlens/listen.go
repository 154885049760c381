package main

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

// serveUntilDone serves on listener until ctx is done, then lets the requests
// under way end, for at most ten seconds. Slow senders are cut off; an upload
// has an hour.
func serveUntilDone(ctx context.Context, s *http.Server, listener net.Listener) error {
	s.ReadHeaderTimeout = 10 * time.Second
	s.ReadTimeout = time.Hour
	s.IdleTimeout = 2 * time.Minute
	s.MaxHeaderBytes = 64 << 10
	done := make(chan error, 1)
	go func() { done <- s.Serve(listener) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	err := s.Shutdown(last)
	if served := <-done; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, served)
	}
	return err
}
