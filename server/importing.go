package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) importForm() error { return annotations.ErrNotFound }

func (c *call) importCases() error { return annotations.ErrNotFound }
