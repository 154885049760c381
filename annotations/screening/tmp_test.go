package screening

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"testing"
)

func TestTmp(t *testing.T) {
	fs, _ := filepath.Glob("../../cmd/dossierlens/demo/cases/*/*.txt")
	m := map[string]int{}
	for _, f := range fs {
		b, _ := os.ReadFile(f)
		c := (&Screener{}).read(string(b))
		c.all()
		for _, x := range c.findings() {
			fmt.Println(filepath.Base(f), x)
		}
		for i, tk := range c.tokens {
			if tk.class == word && tk.shape == capital && !tk.begins && c.isProper(i) {
				m[c.value(i)]++
			}
		}
	}
	var k []string
	for w := range m {
		k = append(k, w)
	}
	sort.Strings(k)
	for _, w := range k {
		fmt.Print(w, " ", m[w], "; ")
	}
}
