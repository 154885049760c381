package web

import "testing"

// The help has the same topics in every language, each with a text.
func TestHelp(t *testing.T) {
	p := pages(t)
	nl, err := p.Help("nl")
	if err != nil {
		t.Fatal(err)
	}
	en, err := p.Help("en")
	if err != nil {
		t.Fatal(err)
	}
	if len(nl) < 5 || len(nl) != len(en) {
		t.Fatalf("%d topics in Dutch, %d in English", len(nl), len(en))
	}
	for i := range nl {
		if nl[i].ID != en[i].ID {
			t.Errorf("topic %d is %s in Dutch and %s in English", i, nl[i].ID, en[i].ID)
		}
		for _, topic := range []HelpTopic{nl[i], en[i]} {
			if topic.Title == "" || len(topic.Body) < 200 {
				t.Errorf("topic %s %q says %d bytes", topic.ID, topic.Title, len(topic.Body))
			}
		}
		if nl[i].Body == en[i].Body {
			t.Errorf("topic %s is the same in both languages", nl[i].ID)
		}
	}
}
