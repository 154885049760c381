package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) assignForm() error { return annotations.ErrNotFound }

func (c *call) assign() error { return annotations.ErrNotFound }

func (c *call) withdraw() error { return annotations.ErrNotFound }

func (c *call) sendBack() error { return annotations.ErrNotFound }
