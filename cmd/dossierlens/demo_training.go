package main

import (
	"fmt"
	"time"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/server/store"
)

// The rounds of the demo, in the order of the work.
const (
	demoTraining   = "Oefenronde"
	demoPilot      = "Proefronde"
	demoProduction = "Productie 1"
)

func (d *demo) rounds() error {
	for _, r := range []annotations.Round{
		{Name: demoTraining, Kind: annotations.Training},
		{Name: demoPilot, Kind: annotations.Pilot},
		{Name: demoProduction, Kind: annotations.Production, Days: 30},
	} {
		if err := d.store.CreateRound(d.ctx, d.lead, d.plan.ID, r); err != nil {
			return err
		}
	}
	return nil
}

// demoGate is what the demo asks before production.
var demoGate = annotations.Gate{Accuracy: 0.8, Cases: 3}

// train gives three practice cases with a gold standard to the coders and
// releases those who did all three. The last coder has one to go.
func (d *demo) train() error {
	var cases []annotations.IncomingCase
	for i := range demoGate.Cases {
		cases = append(cases, annotations.IncomingCase{Case: annotations.Case{ID: annotations.CaseID(fmt.Sprintf("O-%04d", i+1)), Region: d.plan.Regions[i],
			Period: d.plan.Periods[0], OnSite: true}})
	}
	if _, err := d.store.ImportCases(d.ctx, d.data, d.plan.ID, cases, false, nil); err != nil {
		return err
	}
	var gold, practised []store.ImportedCoding
	var given []store.NewAssignment
	for i, in := range cases {
		truth := d.invent(in.Case)
		gold = append(gold, store.ImportedCoding{Case: in.Case.ID, Answers: truth})
		for k, coder := range d.coders {
			given = append(given, store.NewAssignment{Case: in.Case.ID, Coder: coder.ID, Round: demoTraining})
			if k == len(d.coders)-1 && i == len(cases)-1 {
				continue // still to be done
			}
			coding := store.ImportedCoding{Case: in.Case.ID, Coder: coder.ID, SubmittedAt: demoStart.Add(time.Duration(i*7+k-200) * time.Hour)}
			coding.Answers, coding.Notes = d.vary(in.Case, truth, k)
			coding.Passages = d.places(coding.Answers)
			practised = append(practised, coding)
		}
	}
	if _, _, err := d.store.ImportCodings(d.ctx, d.lead, d.plan.ID, gold, false, nil); err != nil {
		return err
	}
	if err := d.store.Assign(d.ctx, d.lead, d.plan.ID, given); err != nil {
		return err
	}
	if _, _, err := d.store.ImportCodings(d.ctx, d.lead, d.plan.ID, practised, false, nil); err != nil {
		return err
	}
	if err := d.store.SetTrainingGate(d.ctx, d.lead, d.plan.ID, demoGate); err != nil {
		return err
	}
	list, err := d.store.Training(d.ctx, d.plan.ID)
	if err != nil {
		return err
	}
	for _, t := range list {
		if t.Judged < demoGate.Cases {
			continue
		}
		reason := ""
		if !t.Ready {
			reason = "Besproken aan de hand van de regels; kan beginnen."
		}
		if err := d.store.Clear(d.ctx, d.lead, d.plan.ID, t.Coder, true, reason); err != nil {
			return err
		}
	}
	return nil
}
