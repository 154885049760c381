package main

import "errors"

type agreementVerb struct{}

func (agreementVerb) Run(p process) error { return errors.New("agreement: still to be built in this tree") }
