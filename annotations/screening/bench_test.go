package screening

import (
	"strings"
	"testing"
)

// BenchmarkScan scans the corpus as one text; the target of the design is
// 20 MB/s a core.
func BenchmarkScan(b *testing.B) {
	var all strings.Builder
	for _, d := range corpus(b) {
		all.WriteString(d.text)
		all.WriteString("\n\n")
	}
	text := all.String()
	s := new(Screener)
	s.Scan(text[:1])
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Scan(text)
	}
}

// BenchmarkScanDocument scans one document of some 4 kB, as an import does.
func BenchmarkScanDocument(b *testing.B) {
	var text string
	for _, d := range corpus(b) {
		if text += d.text + "\n"; len(text) > 4000 {
			break
		}
	}
	s := new(Screener)
	s.Scan(text[:1])
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		s.Scan(text)
	}
}

// BenchmarkScanHostile scans texts that are made to cost much: the speed
// must stay that of other texts, however long they are.
func BenchmarkScanHostile(b *testing.B) {
	for name, part := range map[string]string{
		"initials": "A.", "particles": "van ", "titles": "mr. ", "numbers": "1 ", "web": "www.", "domains": "ab.nl.",
		"at": "a@", "colons": "1:", "labels": "zaak-", "names": "Jan ", "brackets": "[", "dates": "1-1-20", "birth": "geb. 1-1-2020 ", "capitals": "Xy. ",
	} {
		b.Run(name, func(b *testing.B) {
			text := strings.Repeat(part, 200_000/len(part))
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				new(Screener).Scan(text)
			}
		})
	}
}
