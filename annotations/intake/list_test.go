package intake_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/dossierlens/dossierlens/annotations/intake"
)

func TestReadList(t *testing.T) {
	const file = "\ufeffcode;label_nl;label_en;valid_from;valid_to;successor;niveau\r\nemdr;EMDR;EMDR;2020;;;bewezen\r\ntf;TF-CGT;TF-CBT;;2023;emdr;\r\n"
	from, to := 2020, 2023
	want := []intake.ListEntry{
		{Code: "emdr", LabelNL: "EMDR", LabelEN: "EMDR", ValidFrom: &from, Attributes: []intake.Attribute{{Name: "niveau", Value: "bewezen"}}, Line: 2},
		{Code: "tf", LabelNL: "TF-CGT", LabelEN: "TF-CBT", ValidTo: &to, Successor: "emdr", Attributes: []intake.Attribute{{Name: "niveau"}}, Line: 3},
	}
	got, err := intake.ReadList(strings.NewReader(file), "list.csv", intake.DefaultLimits())
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v (%v), want %+v", got, err, want)
	}
}

func TestReadListProblems(t *testing.T) {
	for _, test := range []struct {
		file, place string
		reason      intake.Reason
	}{
		{"", "list.csv", intake.ErrEmpty},
		{"code,label_nl,label_en\n", "list.csv", intake.ErrNoRows},
		{"code,label_nl\na,b\n", "list.csv:1: label_en", intake.ErrNoColumn},
		{"code,label_nl,label_en\na,A,\n", "list.csv:2: label_en", intake.ErrValueMissing},
		{"code,label_nl,label_en\na b,A,A\n", "list.csv:2: code", intake.ErrID},
		{"code,label_nl,label_en\na,A,A\na,A,A\n", "list.csv:3: code", intake.ErrEntryTwice},
		{"code,label_nl,label_en,valid_to\na,A,A,20\n", "list.csv:2: valid_to", intake.ErrYear},
	} {
		_, err := intake.ReadList(strings.NewReader(test.file), "list.csv", intake.DefaultLimits())
		var problems intake.Problems
		if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Place() != test.place || !errors.Is(err, test.reason) {
			t.Errorf("%q: got %v, want %s at %s", test.file, err, test.reason, test.place)
		}
	}
}
