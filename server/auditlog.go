package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) auditLog() error { return annotations.ErrNotFound }
