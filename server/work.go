package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) work() error { return annotations.ErrNotFound }
