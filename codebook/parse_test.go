package codebook

import (
	"os"
	"testing"
)

func TestSmoke(t *testing.T) {
	src, _ := os.ReadFile("testdata/bicycles.yaml")
	c, err := Parse(src, "bicycles.yaml")
	if err != nil {
		t.Fatal(err)
	}
	t.Log(string(c.Canonical()))
	d, err := Parse(c.Canonical(), "x.json")
	if err != nil {
		t.Fatal(err)
	}
	if c.Hash() != d.Hash() {
		t.Error(string(d.Canonical()))
	}
}
