package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) differences() error { return annotations.ErrNotFound }

func (c *call) openComparison() error { return annotations.ErrNotFound }

func (c *call) comparison() error { return annotations.ErrNotFound }

func (c *call) decide() error { return annotations.ErrNotFound }
