package server

import "github.com/dossierlens/dossierlens/annotations"

func (c *call) held() error { return annotations.ErrNotFound }

func (c *call) heldDocument() error { return annotations.ErrNotFound }

func (c *call) decideFindings() error { return annotations.ErrNotFound }
