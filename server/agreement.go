package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) agreement() error { return annotations.ErrNotFound }

func (c *call) agreementVariable() error { return annotations.ErrNotFound }
