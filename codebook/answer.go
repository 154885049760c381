package codebook

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Why an answer is refused; an [AnswerError] wraps one of them.
var (
	ErrTwofold     = errors.New("an answer has a value or a missing code, not both")
	ErrMissingCode = errors.New("this missing code cannot be chosen here")
	ErrCategory    = errors.New("no such category")
	ErrOutOfPeriod = errors.New("the category is not valid in the period of the case")
	ErrExclusive   = errors.New("this category stands alone")
	ErrNotNumber   = errors.New("not a number; write digits with a decimal point")
	ErrOutOfRange  = errors.New("the number is out of range")
	ErrNotDate     = errors.New("not a date; write 2021, 2021-03 or 2021-03-05")
	ErrTooPrecise  = errors.New("the date is more precise than is recorded")
	ErrNotText     = errors.New("the text has characters that cannot be shown")
	ErrTextTooLong = errors.New("the text is too long")
	ErrNoCategory  = errors.New("no category is chosen")
)

// MaxText is the length of the longest text answer, in code points.
const MaxText = 4000

// An AnswerError says why an answer was refused.
type AnswerError struct {
	Variable string
	Detail   *Mistake // what was wrong: the category, the limits; may be nil
	Err      error    // one of the errors above
}

func (e *AnswerError) Error() string {
	if e.Detail == nil {
		return fmt.Sprintf("%s: %v", e.Variable, e.Err)
	}
	return fmt.Sprintf("%s: %v: %s", e.Variable, e.Err, e.Detail)
}

// Unwrap returns the kind of refusal.
func (e *AnswerError) Unwrap() error { return e.Err }

// Options returns the categories of v, or the entries of its code list that
// are valid in the year of period, such as "2025-H1". Without a period it
// returns all that there ever were. It is empty for a number, date or text.
func (c *Codebook) Options(v *Variable, period string) []Category {
	if v.CodeList == "" {
		return slices.Clone(v.Categories)
	}
	year, dated := periodYear(period)
	list, _ := c.List(v.CodeList)
	var options []Category
	for _, e := range list.Entries {
		if !dated || e.ValidIn(year) {
			options = append(options, Category{Code: e.Code, Label: e.Label})
		}
	}
	return options
}

// periodYear returns the year with which period begins.
func periodYear(period string) (year int, ok bool) {
	if len(period) < 4 {
		return 0, false
	}
	year, err := strconv.Atoi(period[:4])
	return year, err == nil && year > 0
}

// Accept checks an answer to v, a variable of c, in a case of that period and
// returns it in its canonical form: codes in codebook order, numbers without
// superfluous signs and zeros, texts trimmed. The zero Answer withdraws an
// answer and is accepted. Errors are [*AnswerError].
func (c *Codebook) Accept(v *Variable, a Answer, period string) (Answer, error) {
	refuse := func(err error, detail *Mistake) (Answer, error) {
		return Answer{}, &AnswerError{v.ID, detail, err}
	}
	a.Value, a.Missing = strings.TrimSpace(a.Value), strings.TrimSpace(a.Missing)
	switch {
	case a == Answer{}:
		return a, nil
	case a.Value != "" && a.Missing != "":
		return refuse(ErrTwofold, detail(mistakeBoth, a.Value, a.Missing))
	case a.Missing != "":
		if !slices.Contains(v.Missing, a.Missing) {
			if len(v.Missing) == 0 {
				return refuse(ErrMissingCode, detail(mistakeNoneCan, a.Missing))
			}
			return refuse(ErrMissingCode, detail(mistakeChooseMissing, a.Missing, strings.Join(v.Missing, ", ")))
		}
		return a, nil
	}
	var err error
	var wrong *Mistake
	switch v.Type {
	case TypeSingle, TypeOrdinal:
		wrong, err = c.acceptChoice(v, a.Value, period)
	case TypeMulti:
		a.Value, wrong, err = c.acceptChoices(v, a.Value, period)
	case TypeNumber:
		a.Value, wrong, err = acceptNumber(v, a.Value)
	case TypeDate:
		wrong, err = acceptDate(v, a.Value)
	default:
		a.Value, wrong, err = acceptText(a.Value)
	}
	if err != nil {
		return refuse(err, wrong)
	}
	return a, nil
}

func detail(kind MistakeKind, args ...any) *Mistake { return &Mistake{kind, args} }

func (c *Codebook) acceptChoice(v *Variable, code, period string) (wrong *Mistake, err error) {
	place, ok := c.options[c.variableAt[v.ID]][code]
	if !ok {
		return detail(mistakeCode, code, didYouMean(code, c.codes(v))), ErrCategory
	}
	if v.CodeList == "" {
		return nil, nil
	}
	list, _ := c.List(v.CodeList)
	e := list.Entries[place]
	if year, dated := periodYear(period); dated && !e.ValidIn(year) {
		if e.Successor != "" {
			return detail(mistakeInYearSuccessor, code, year, e.Successor), ErrOutOfPeriod
		}
		return detail(mistakeInYear, code, year), ErrOutOfPeriod
	}
	return nil, nil
}

func (c *Codebook) acceptChoices(v *Variable, value, period string) (canonical string, wrong *Mistake, err error) {
	options := c.options[c.variableAt[v.ID]]
	var chosen []string
	for code := range strings.SplitSeq(value, "|") {
		code = strings.TrimSpace(code)
		if code == "" || slices.Contains(chosen, code) {
			continue
		}
		if wrong, err := c.acceptChoice(v, code, period); err != nil {
			return "", wrong, err
		}
		chosen = append(chosen, code)
	}
	if len(chosen) == 0 {
		return "", nil, ErrNoCategory
	}
	slices.SortFunc(chosen, func(a, b string) int { return options[a] - options[b] })
	for _, code := range chosen {
		if len(chosen) > 1 && slices.Contains(v.Exclusive, code) {
			return "", detail(mistakeGiven, code), ErrExclusive
		}
	}
	return strings.Join(chosen, "|"), nil, nil
}

func acceptNumber(v *Variable, value string) (canonical string, wrong *Mistake, err error) {
	n, ok := parseNumber(value)
	if !ok {
		return "", detail(mistakeGiven, value), ErrNotNumber
	}
	switch {
	case v.Min != nil && n < *v.Min:
		return "", detail(mistakeBelow, value, formatNumber(*v.Min)), ErrOutOfRange
	case v.Max != nil && n > *v.Max:
		return "", detail(mistakeAbove, value, formatNumber(*v.Max)), ErrOutOfRange
	}
	return formatNumber(n), nil, nil
}

func acceptDate(v *Variable, value string) (wrong *Mistake, err error) {
	d, ok := parseDate(value)
	if !ok {
		return detail(mistakeGiven, value), ErrNotDate
	}
	order := []string{Year, Month, Day}
	if slices.Index(order, d.precision()) > slices.Index(order, v.Precision) {
		return detail(mistakeRecordOnly, value, Term(v.Precision)), ErrTooPrecise
	}
	return nil, nil
}

func acceptText(value string) (canonical string, wrong *Mistake, err error) {
	value = strings.ReplaceAll(strings.ReplaceAll(value, "\r\n", "\n"), "\r", "\n")
	if n := utf8.RuneCountInString(value); n > MaxText {
		return "", detail(mistakeCharacters, n, MaxText), ErrTextTooLong
	}
	if !utf8.ValidString(value) {
		return "", detail(mistakeNoUTF8Text), ErrNotText
	}
	for _, r := range value {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return "", detail(mistakeGiven, fmt.Sprintf("%U", r)), ErrNotText
		}
	}
	return value, nil, nil
}
