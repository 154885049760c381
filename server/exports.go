package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) exports() error { return annotations.ErrNotFound }

func (c *call) exportIndicators() error { return annotations.ErrNotFound }

func (c *call) exportCodings() error { return annotations.ErrNotFound }
