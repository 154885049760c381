package main

import "errors"

type studyVerb struct{}

func (studyVerb) Run(p process) error { return errors.New("study: still to be built in this tree") }
