package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) listForm() error { return annotations.ErrNotFound }

func (c *call) setList() error { return annotations.ErrNotFound }
