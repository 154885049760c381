package main

import "errors"

type demoVerb struct{}

func (demoVerb) Run(p process) error { return errors.New("demo: still to be built in this tree") }
