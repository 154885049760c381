package server

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
)

// keyHeader carries the idempotency key of a POST to the API: the same key
// with the same request gives the same answer for a day, and the work is done
// once.
const keyHeader = "Idempotency-Key"

// once does the work of a request, or answers what it answered before. do
// answers by itself, errors too.
func (s *Server) once(c *call, do func()) error {
	key := c.GetHeader(keyHeader)
	if key == "" || c.Request.Method != http.MethodPost || !strings.HasPrefix(c.Request.URL.Path, "/api/") {
		do()
		return nil
	}
	if len(key) > 255 {
		return &annotations.InvalidError{Field: keyHeader, Key: "api.key"}
	}
	body, err := io.ReadAll(c.Request.Body)
	if err != nil {
		return err
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(body))
	sum := sha256.Sum256(fmt.Appendf(nil, "%s %s\n%s", c.Request.Method, c.Request.URL.RequestURI(), body))
	caller := fmt.Sprintf("%d %s", c.actor.ID, c.actor.Login)
	before, err := s.store.Claim(c.ctx(), caller, key, sum[:])
	if err != nil {
		return err
	}
	if before != nil {
		c.Header("Idempotency-Replayed", "true")
		c.Data(before.Status, before.Type, before.Body)
		return nil
	}
	w := &listener{ResponseWriter: c.Writer}
	c.Writer = w
	var reply store.Reply // stays empty after a panic: the key is free again
	defer func() {
		// Also for who hung up: the request is to come again.
		if err := s.store.KeepReply(context.WithoutCancel(c.ctx()), caller, key, reply); err != nil {
			s.log.Error("keep a reply", "request", c.GetString("request"), "err", err)
		}
	}()
	do()
	// What went wrong here, and what is to be tried later, is not an answer to
	// the request.
	if status := w.Status(); status < 500 && status != http.StatusTooManyRequests {
		reply = store.Reply{Status: status, Type: w.Header().Get("Content-Type"), Body: w.heard.Bytes()}
	}
	return nil
}

// A listener keeps what is answered.
type listener struct {
	gin.ResponseWriter
	heard bytes.Buffer
}

func (l *listener) Write(b []byte) (int, error) {
	l.heard.Write(b)
	return l.ResponseWriter.Write(b)
}

func (l *listener) WriteString(s string) (int, error) {
	l.heard.WriteString(s)
	return l.ResponseWriter.WriteString(s)
}
