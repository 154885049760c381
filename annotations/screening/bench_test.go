package screening

import (
	"strings"
	"testing"
)

// BenchmarkScan scans what files are like: a document of the corpus after
// every few paragraphs in which little is to be found. The target of the
// design is 20 MB/s a core.
func BenchmarkScan(b *testing.B) {
	prose := strings.Join(corpusLines(b, "prose"), "\n") + "\n"
	var all strings.Builder
	for _, d := range corpus(b)[:100] {
		all.WriteString(prose)
		all.WriteString(d.text)
		all.WriteString("\n\n")
	}
	benchmark(b, all.String())
}

// BenchmarkScanClean scans paragraphs in which nothing is to be found.
func BenchmarkScanClean(b *testing.B) {
	benchmark(b, strings.Repeat(strings.Join(corpusLines(b, "prose"), "\n")+"\n", 50))
}

// BenchmarkScanCorpus scans the corpus alone, in which every line has
// something to find or to doubt.
func BenchmarkScanCorpus(b *testing.B) {
	var all strings.Builder
	for _, d := range corpus(b) {
		all.WriteString(d.text)
		all.WriteString("\n\n")
	}
	benchmark(b, all.String())
}

func benchmark(b *testing.B, text string) {
	s := new(Screener)
	s.Scan("the lists are read at the first scan")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
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
	benchmark(b, text)
}

// BenchmarkScanHostile scans texts that are made to cost much: the speed
// must stay that of other texts, however long they are.
func BenchmarkScanHostile(b *testing.B) {
	for name, part := range map[string]string{
		"initials": "A.", "particles": "van ", "titles": "mr. ", "numbers": "1 ", "web": "www.", "domains": "ab.nl.",
		"at": "a@", "colons": "1:", "labels": "zaak-", "names": "Jan ", "brackets": "[", "dates": "1-1-20", "birth": "geb. 1-1-2020 ", "capitals": "Xy. ",
	} {
		b.Run(name, func(b *testing.B) { benchmark(b, strings.Repeat(part, 200_000/len(part))) })
	}
}
