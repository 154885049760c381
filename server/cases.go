package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) cases() error { return annotations.ErrNotFound }

func (c *call) casePage() error { return annotations.ErrNotFound }
