package screening

import "slices"

// A Kind is what a finding may be.
type Kind string

// The kinds of findings.
const (
	BSN                Kind = "bsn"                 // citizen service number
	IBAN               Kind = "iban"                // bank account
	Phone              Kind = "phone"               // telephone number
	Email              Kind = "email"               // e-mail address
	URL                Kind = "url"                 // web address
	SocialHandle       Kind = "social_handle"       // name of an account on a social medium
	IPAddress          Kind = "ip_address"          // address of a machine
	Postcode           Kind = "postcode"            // four digits and two letters
	Address            Kind = "address"             // street, mostly with a number
	BirthDate          Kind = "birth_date"          // date that is said to be one of birth
	Date               Kind = "date"                // any other full date
	Name               Kind = "name"                // name of a person
	Place              Kind = "place"               // municipality or town
	School             Kind = "school"              // school or day care by its name
	Organisation       Kind = "organisation"        // employer, club or practice by its name
	CaseNumber         Kind = "case_number"         // number of a file at Veilig Thuis, police, court or elsewhere
	LicencePlate       Kind = "licence_plate"       // Dutch vehicle
	VNumber            Kind = "v_number"            // number of the immigration service
	DocumentNumber     Kind = "document_number"     // passport, identity card, driving licence
	ProfessionalNumber Kind = "professional_number" // registration of a worker: BIG, SKJ, AGB
)

// severities holds all kinds. What identifies a person by itself blocks; what
// does so together with more, or is often something else, warns.
var severities = map[Kind]Severity{
	BSN: Block, IBAN: Block, Phone: Block, Email: Block, URL: Block,
	SocialHandle: Block, IPAddress: Block, Postcode: Block, Address: Block,
	BirthDate: Block, CaseNumber: Block,
	Date: Warn, Name: Warn, Place: Warn, School: Warn, Organisation: Warn,
	LicencePlate: Warn, VNumber: Warn, DocumentNumber: Warn, ProfessionalNumber: Warn,
}

// Severity returns how a finding of k is to be taken, or "" when k is none of
// the kinds above.
func (k Kind) Severity() Severity { return severities[k] }

// ranks order the kinds where findings overlap: the lower rank stands, and
// of equal ranks the longer finding. A checksum beats a form, a form beats a
// cue, and a cue beats a list.
var ranks = map[Kind]int{
	IBAN: 1, Email: 1, URL: 2, CaseNumber: 3, ProfessionalNumber: 3, VNumber: 3,
	Phone: 4, BSN: 5, DocumentNumber: 6, BirthDate: 7, Date: 7, IPAddress: 7,
	LicencePlate: 8, Postcode: 8, SocialHandle: 8, Address: 9,
	School: 10, Organisation: 11, Name: 12, Place: 13,
}

// Kinds returns all kinds of findings, sorted.
func Kinds() []Kind {
	kinds := make([]Kind, 0, len(severities))
	for k := range severities {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	return kinds
}
