// Package refiqda writes codebooks and coded texts in the exchange formats of
// tools for qualitative analysis: the REFI-QDA standard, QDA-XML 1.0 (Rotterdam
// Exchange Format Initiative, 2019), which ATLAS.ti, MAXQDA, NVivo, QualCoder and
// others read.
//
// [WriteCodebook] writes a codebook (.qdc): sections, variables and categories
// are codes under each other. [WriteProject] writes a project (.qdpx): the texts
// of cases, the passages of each coder in them and the settled answers as
// variables of the cases. Nothing is read here, and what may leave is decided
// elsewhere.
//
// Where tools differ: positions are code points with an exclusive end, as
// ATLAS.ti and QualCoder write them, and every selection has the quoted text as
// its name so that a reader can tell; texts have LF line ends and no byte order
// mark. The ids are made from what they stand for (UUID version 5), so that the
// same data give the same file.
package refiqda
