// Package disclosure decides which counts of a table may leave and proves that
// the ones that stay cannot be worked out from those that leave.
//
// Two kinds of table are served. A [Table] of indicator cells, in which the
// cases of each cell divide over outcomes, passes a [Rule] and becomes a
// [Released]: the only thing that writers of files take, and one that nothing
// else can make. A [Frequencies], a plain table of counts with its additions,
// is protected or attacked as it stands.
//
// The order of work is the same for both. Sensitive cells are found first:
// small counts, small complements, groups that share an outcome, dominance,
// too few cases. Then other cells are hidden until an exact attacker, who
// knows every published figure and every addition, can no longer narrow a
// sensitive count: a proposer suggests what to hide, the attacker is referee,
// and a clean-up publishes again whatever the referee does not need. What the
// referee finds is kept as a [Certificate] of whole-number tables that anyone
// can check by adding up. Without a certificate nothing is released.
//
// # What the attacker is taken to know
//
// All additions: classes to their total, regions to the nation, half-years to
// the year, outcomes to the cases of the cell, measures that lie within each
// other by their definitions (a [Link]): the steps of a cascade, a count of the
// numerator of a share, a measure among those who had yes in another. Everything
// released before, in the [Ledger], and where it stays in view, how it differs
// from what is shown now. Of a published share the denominator and the outcomes that
// say something of the process exactly, although they are printed rounded,
// and of its numerator every value that would have printed the same figures.
// Of a hidden cell nothing but the number of cases and how many of them the
// measure is about, if these may be published.
//
// # What is left out
//
// Rules are on unweighted cases, and so is the attacker: the weights behind an
// estimate are taken to be unknown to him, so they must not be published, nor the
// sizes of strata from which they follow. The
// package draws no samples, estimates nothing, knows no codebook and writes no
// files.
//
// # References
//
// Fischetti, M. and Salazar, J. J. (2001), Solving the cell suppression
// problem on tabular data with linear constraints, Management Science 47.
//
// Hundepool, A. et al. (2012), Statistical Disclosure Control, Wiley: groups,
// zeros, the p% rule, differencing, singletons.
//
// Edmonds, J. (1967), Systems of distinct representatives and linear algebra,
// and Bareiss, E. (1968), Sylvester's identity and multistep integer-preserving
// Gaussian elimination: the arithmetic of the attacker.
package disclosure
