// Package spss writes datasets as system files of SPSS (.sav), which SPSS,
// PSPP, R (haven), Stata and SAS read.
//
// [Write] takes an exports.Dataset and its rows and streams them. Names,
// labels and texts are UTF-8; value labels, levels of measurement and missing
// codes are declared, so that "not recorded" is never counted as a number. The
// package reads nothing, writes no syntax and computes nothing.
//
// The format is not published by its owner. The layout follows the PSPP
// Developers Manual, chapter "System File Format" (Free Software Foundation);
// files are checked with PSPP and ReadStat by the list of checks.
package spss
