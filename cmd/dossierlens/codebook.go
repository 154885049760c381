package main

import "errors"

type codebookVerb struct{}

func (codebookVerb) Run(p process) error { return errors.New("codebook: still to be built in this tree") }
