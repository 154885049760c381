package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) indicators() error { return annotations.ErrNotFound }

func (c *call) indicator() error { return annotations.ErrNotFound }
