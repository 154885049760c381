// Package exports turns settled cases into figures, and figures and codings
// into files.
//
// A [Tally] counts the statuses of settled cases by stratum; it grows with the
// number of strata and measures, not with that of cases. [Tally.Table] makes
// of the counts an indicator table with estimates; a disclosure.Rule decides
// what of it may leave; [Observations] turns the disclosure.Released into the
// rows of the contract with the monitor, and [WriteObservationsCSV] and
// [WriteObservationsJSON] write these. A [Publication] joins the rows with the
// lists that explain them, and [WritePackage] packs it for delivery. Nothing
// else in the package writes figures, and none of its writers takes a table
// that has not passed a rule.
//
// [Freeze] keeps the cases behind a table together with the rules, the judgement
// of the [Gate] on agreement and everything released before: a [Release], named
// after its content, of which [Verify] computes every cell again. [Compare] lays
// the figures of two releases side by side.
//
// Codings leave by [WriteCodings], one row an answer, and [WriteWide], one row
// a case and coder. They are pseudonymized personal data: who may have them is
// decided elsewhere.
//
// The package is given its data; it fetches nothing. Workbooks, files for
// statistical packages and for qualitative tools have packages of their own
// below this one.
package exports
