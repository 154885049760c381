package main

import "errors"

type estimateVerb struct{}

func (estimateVerb) Run(p process) error { return errors.New("estimate: still to be built in this tree") }
