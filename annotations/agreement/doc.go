// Package agreement computes how far independent raters agree, beyond chance
// and with an interval.
//
// The package knows nothing of cases, codebooks or databases. Its heart is
// numbers in, results out: a [Ratings] table of small integers and a list of
// [Measure] names give a list of [Result]. Around it stand [Reading], which
// makes tables of a CSV file, and [Continuum], for spans marked in a text.
// Planning samples, judging values against thresholds and averaging over
// variables are left out; there is no such thing as an overall agreement.
//
// # Order of use
//
// Describe the categories in a [Scale], make a table with [New], choose from
// [Measures], [NumberMeasures] or [SetMeasures], and call [Compute]. For an
// interval that rests on no formula call [Bootstrap]. [Ratings.Confusion]
// says what was confused with what.
//
// # Opinions
//
// A rating that was never made is [Missing], never a category of its own.
// Units without any rating are left out. A unit rated once says nothing about
// agreement, yet says what is common: it counts for the chance agreement of
// Gwet's coefficients and not in Krippendorff's alpha.
//
// Categories are those of the scale, whether they occur or not: their number
// q matters to AC1, to Brennan-Prediger and to weights. Weights rest on the
// values of the categories when these are numbers and on their positions when
// they are text with an order. Text without an order has no weights; the
// alphabet is no order.
//
// What is not defined is undefined, with a reason, and never 0, 1 or NaN.
// When all ratings that can be compared are one category, kappa and alpha
// divide 0 by 0, and the reason is [ErrOneCategory]; other software may print
// 1 there.
//
// Standard errors of Gwet's coefficients are those of irrCAC 1.4 for R, units
// rated once included, with which they are somewhat larger than the delta
// method's; a result then carries [ErrSingletons]. That of alpha is its
// infinitesimal jackknife. Degrees of freedom are rated units less one. The
// upper limit is cut at 1; the uncut one is given as well. Units are taken as
// drawn at random from many: there is no correction for finite populations.
//
// # Numbers
//
// Counts are integers; units rated alike are counted once and summed in an
// order that does not depend on the order of units. Products are rounded
// before they are added and quantiles kept to 12 decimals, so that every
// machine gives the same result.
//
// # References
//
// Gwet, K. L. (2021), Handbook of Inter-Rater Reliability, 5th ed., vol. 1.
// Krippendorff, K. (2004), Content Analysis, 2nd ed., ch. 11, and (2011),
// Computing Krippendorff's Alpha-Reliability. Fleiss, J. L., Cohen, J. &
// Everitt, B. S. (1969), Psychological Bulletin 72:323-327. Each coefficient
// names its own. The tests compare with published software, data set by data
// set, in testdata/oracle.
package agreement
