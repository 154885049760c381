// Package xlsx writes workbooks of what package exports defines.
//
// [WriteIndicators] writes a publication in the house style of the national
// statistical office: contents, explanation, a table for each indicator, the
// rows of the contract with the monitor, code lists and an account of how the
// figures were protected. [WriteCodings] streams codings, one row an answer,
// with the codebook beside them.
//
// Numbers are written as numbers and a hidden figure as the text ".". Text
// never becomes a formula, and text that would be one when the workbook is
// saved as CSV has an apostrophe before it. The same input gives the same
// bytes.
//
// The package decides neither what may leave nor who may have it: figures have
// passed disclosure control before they are a publication.
package xlsx
