package codebook_test

import "testing"

func BenchmarkStatuses(b *testing.B) {
	c := bicycles(b)
	eff := c.Effective(given("workshop=W1 received=2024-03-05 damage=yes_clear parts_hit=wheel|light repaired=yes parts_new=chain|lamp ready=2024-03-07 minutes=45 quality=good remark=none"))
	b.ReportAllocs()
	for b.Loop() {
		c.Statuses(eff)
	}
}

func BenchmarkEffective(b *testing.B) {
	c := bicycles(b)
	stated := given("workshop=W1 received=2024-03-05 damage=none parts_hit=wheel repaired=yes minutes=45")
	b.ReportAllocs()
	for b.Loop() {
		c.Effective(stated)
	}
}

func BenchmarkParse(b *testing.B) {
	src := []byte(read(b, "bicycles.yaml"))
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		parse(b, string(src))
	}
}
