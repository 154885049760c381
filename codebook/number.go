package codebook

import "strconv"

// parseNumber reads a decimal number with a point: no exponent, no thousands
// signs, no spaces.
func parseNumber(text string) (n float64, ok bool) {
	digits, points := 0, 0
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c == '.' && digits > 0 && i+1 < len(text):
			points++
		case c == '-' && i == 0:
		default:
			return 0, false
		}
	}
	if digits == 0 || digits > 30 || points > 1 {
		return 0, false
	}
	n, err := strconv.ParseFloat(text, 64)
	return n, err == nil
}

// formatNumber writes n with a decimal point, never with an exponent.
func formatNumber(n float64) string {
	if n == 0 {
		return "0" // and not -0
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}
