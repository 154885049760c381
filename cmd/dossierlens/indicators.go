package main

import "errors"

type indicatorsVerb struct{}

func (indicatorsVerb) Run(p process) error {
	return errors.New("indicators: still to be built in this tree")
}
