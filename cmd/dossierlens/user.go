package main

import "errors"

type userVerb struct{}

func (userVerb) Run(p process) error { return errors.New("user: still to be built in this tree") }
