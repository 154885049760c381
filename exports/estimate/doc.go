// Package estimate computes design-based estimates from stratified samples:
// shares, means, totals, ratios, quantiles and changes of a domain, with
// their variances and intervals.
//
// The package knows nothing of case files, codebooks or databases. Rows,
// strata and clusters are what the caller says they are.
//
// # What is estimated, and what is left out
//
// The design is one stage: within each stratum, clusters (primary sampling
// units) are drawn without replacement by simple random sampling, and every
// row of a drawn cluster is observed. A row that belongs to no cluster is a
// cluster of its own. Variances are linearised (Taylor) and carry the finite
// population correction. Rows outside a domain stay in the design, for the
// number of units of a domain is itself random.
//
// Left out, and refused by [ErrNotSupported] where a request file asks for
// it: two-stage designs, replicate weights, Rao-Scott and Wald tests.
//
// # Order of use
//
// Give [NewDesign] the [Rows]; it reports every problem at once. Then ask for
// [Design.Proportion], [Design.Mean], [Design.Total], [Design.Ratio],
// [Design.Quantiles], [Design.Distribution] or [Design.Difference]; an
// [Estimate] answers [Estimate.Recommended] or, for a method by name,
// [Estimate.Interval]. [Thresholds.Grade] says whether it may be published.
//
// Where weights are constant within a stratum and every row is its own
// cluster, [Cells] and [CellsDifference] give the same numbers from counts per
// stratum without touching rows. Units that were drawn and turned out not to
// belong to the population count as drawn, outside every domain.
//
// [ClopperPearson], [Wilson] and their differences are for counts without a
// design. [ReadStudy] reads a file of data and requests, and [Study.Answer]
// answers them.
//
// # Undefined
//
// What the data do not define is a [Reason], never 0 and never NaN: a
// [Number] holds a value or the reason why there is none.
//
// # References
//
// Särndal, C.-E., Swensson, B. and Wretman, J. (1992), Model Assisted Survey
// Sampling, Springer: domains, ratios, linearisation, post-stratification.
//
// Lumley, T. (2010), Complex Surveys: A Guide to Analysis Using R, Wiley; the
// reference values in testdata are by its R package survey.
//
// Korn, E. L. and Graubard, B. I. (1998), Confidence intervals for
// proportions with small expected number of positive counts estimated from
// survey data, Survey Methodology 24: the default interval of a share.
//
// Franco, C., Little, R. J. A., Louis, T. A. and Slud, E. V. (2019),
// Comparative study of confidence intervals for proportions in complex sample
// surveys, Journal of Survey Statistics and Methodology 7: the other
// intervals with an effective sample size.
//
// Woodruff, R. S. (1952), Confidence intervals for medians and other position
// measures, Journal of the American Statistical Association 47.
package estimate
