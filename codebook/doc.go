// Package codebook reads codebooks and applies them to answers: what is asked
// of a case, which answers are accepted, and where the case stands in each
// measure.
//
// The package knows nothing of coders, evidence, databases or samples, and
// nothing of any one codebook. It holds no answers: [Answers] come in and
// routes, findings and statuses come out. Estimates over cases are the work
// of others.
//
// The order of use is [Parse], which checks a file and tells all its mistakes
// with their places; then per case [Codebook.Accept] for each answer,
// [Codebook.Route] and [Codebook.Open] for what is still to be asked,
// [Codebook.Effective] for the answers that count, and from those
// [Codebook.Findings] and [Codebook.Statuses]. [Diff] compares two versions.
//
// # The file
//
// A codebook is YAML or JSON of one shape, with the keys of the struct tags
// of [Codebook] below "format: dossierlens-codebook/1". Beyond that:
//
//   - Anchors, aliases, merge keys and tags are refused.
//   - A wording is {nl: ..., en: ...}, or plain text that then serves both.
//   - code_lists is a mapping from the id of a list to its entries.
//   - All four missing codes must be explained.
//   - Optional keys have these defaults: evidence optional, burden factual,
//     precision day, include all, policy that of the indicator, flags false,
//     missing none.
//   - copy_of: region, period or the name of a case attribute marks a variable
//     that copies a column of the case; see [Variable].
//   - A derived variable can use derived variables that stand before it.
//   - ask_if can rest only on variables that are asked before; it cannot use
//     share_missing or attr_any.
//
// # Expressions
//
// The grammar, with words for ids, category codes, numbers and dates:
//
//	or      = and { "or" and }
//	and     = not { "and" not }
//	not     = { "not" } atom
//	atom    = "(" or ")" | "all" | derived
//	        | variable ( "in" | "has_any" | "has_all" ) "(" codes ")"
//	        | "answered" "(" variable ")"
//	        | "attr_any" "(" variable "," attribute "," levels ")"
//	        | sum ( "<" | "<=" | "==" | ">" | ">=" ) sum
//	sum     = product { "+" product }
//	product = operand { "*" operand }
//	operand = number | date | variable | "(" sum ")"
//	        | "count" "(" variable { "," code } ")"
//	        | "share_missing" "(" codes ")"
//
// The result is a [Truth]: Kleene's strong three-valued logic, to which "not
// applicable" and the reasons of "unknown" are added.
//
//   - A missing answer makes a condition unknown with its code; NA makes it
//     na; an answer that was not given makes it unknown with OPEN. An answer
//     that the codebook does not know counts as not given.
//   - A partial date is all days that it may be. When a comparison does not
//     come out the same for all of them it is unknown with UC.
//   - share_missing is taken of the answers other than NA; without any it is
//     unknown with OPEN.
//   - attr_any over an entry whose attribute is not set is unknown with LIST,
//     unless another chosen entry makes it yes.
//
// A variable whose ask_if is unknown inherits the missing code. As long as
// OPEN is among the reasons it has no code yet: the answer still to come may
// open it.
//
// # References
//
// Kleene, S.C. (1952), Introduction to Metamathematics, section 64: the
// strong tables of "and", "or" and "not".
package codebook
