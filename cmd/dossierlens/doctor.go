package main

import "errors"

type doctorVerb struct{}

func (doctorVerb) Run(p process) error { return errors.New("doctor: still to be built in this tree") }
