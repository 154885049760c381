package store

// MadeByPeople are the tables of what people made that every schema has had.
var MadeByPeople = []string{"answers", "passages", "decisions", "releases", "release_files", "audit", "documents", "cases", "assignments",
	"submissions", "comments", "comparisons", "transitions", "users", "members", "studies", "codebooks", "tokens"}
