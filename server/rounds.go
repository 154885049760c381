package server

import (
	"github.com/dossierlens/dossierlens/web"
)

// roundOptions are the rounds of the study, the newest first.
func (c *call) roundOptions() ([]web.Option, error) {
	rounds, err := c.store.RoundNames(c.ctx(), c.study.ID)
	var list []web.Option
	for i := len(rounds) - 1; i >= 0; i-- {
		r := rounds[i]
		list = append(list, web.Option{Value: r.Name, Label: web.Say("round.option", "round", r.Name, "kind", c.in(web.Say("round.kind."+string(r.Kind))))})
	}
	return list, err
}
