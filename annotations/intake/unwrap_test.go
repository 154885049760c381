package intake

import "testing"

func TestUnwrap(t *testing.T) {
	check := func(name, page, want string) {
		t.Helper()
		if got := unwrap(page); got != want {
			t.Errorf("%s:\ngot  %q\nwant %q", name, got, want)
		}
	}
	check("a paragraph", "De afspraken zijn met beide ouders doorgenomen en\nzij hebben getekend. Het plan ligt bij de\nmoeder.\n",
		"De afspraken zijn met beide ouders doorgenomen en zij hebben getekend. Het plan ligt bij de moeder.\n")
	check("a short line ends", "Dit is een regel die de hele breedte van de bladzijde vult\nmaar deze niet.\nEen nieuwe alinea begint hier op de regel.\n",
		"Dit is een regel die de hele breedte van de bladzijde vult maar deze niet.\nEen nieuwe alinea begint hier op de regel.\n")
	check("a list", "Afgesproken is in het overleg met de betrokken mensen dat\n- moeder belt wanneer het onrustig wordt in het gezin\n2. vader slaapt elders zolang het nodig is en dat hij\n",
		"Afgesproken is in het overleg met de betrokken mensen dat\n- moeder belt wanneer het onrustig wordt in het gezin\n2. vader slaapt elders zolang het nodig is en dat hij\n")
	check("blank lines", "Dit is een regel die de hele breedte van de bladzijde vult\n\nmet een witregel ertussen.\n",
		"Dit is een regel die de hele breedte van de bladzijde vult\n\nmet een witregel ertussen.\n")
	check("narrow", "kort\nen smal\n", "kort\nen smal\n")
}
