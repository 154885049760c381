package disclosure

import (
	"math/big"
)

// An integer is a whole number of any size. Almost all of them fit a machine
// word; those that do not are kept in big.
type integer struct {
	small int64
	big   *big.Int // nil if small holds the number
}

func whole(n int64) integer { return integer{small: n} }

// fits bounds the numbers whose products can be taken and added in a word.
const fits = 1 << 31

func (a integer) isSmall() bool { return a.big == nil && -fits < a.small && a.small < fits }

func (a integer) toBig() *big.Int {
	if a.big != nil {
		return a.big
	}
	return big.NewInt(a.small)
}

func fromBig(b *big.Int) integer {
	if b.IsInt64() {
		return integer{small: b.Int64()}
	}
	return integer{big: b}
}

func (a integer) sign() int {
	if a.big != nil {
		return a.big.Sign()
	}
	switch {
	case a.small > 0:
		return 1
	case a.small < 0:
		return -1
	}
	return 0
}

func (a integer) neg() integer {
	if a.isSmall() {
		return integer{small: -a.small}
	}
	return fromBig(new(big.Int).Neg(a.toBig()))
}

func (a integer) abs() integer {
	if a.sign() < 0 {
		return a.neg()
	}
	return a
}

// cross returns (a*b - c*d) / e, which must be a whole number.
func cross(a, b, c, d, e integer) integer {
	if a.isSmall() && b.isSmall() && c.isSmall() && d.isSmall() && e.isSmall() {
		n := a.small*b.small - c.small*d.small
		if e.small == 1 {
			return integer{small: n}
		}
		return integer{small: n / e.small}
	}
	n := new(big.Int).Mul(a.toBig(), b.toBig())
	n.Sub(n, new(big.Int).Mul(c.toBig(), d.toBig()))
	return fromBig(n.Quo(n, e.toBig()))
}

// cross sets a to (a*b - c*d) / e; see the function of that name.
func (a *integer) cross(b, c, d, e integer) {
	n := cross(*a, b, c, d, e)
	if a.big == nil && n.big == nil {
		a.small = n.small // without telling the garbage collector
		return
	}
	*a = n
}

// minus returns a - b*c.
func (a integer) minus(b, c integer) integer { return cross(a, whole(1), b, c, whole(1)) }

// compareProducts compares a*b with c*d.
func compareProducts(a, b, c, d integer) int { return cross(a, b, c, d, whole(1)).sign() }

// floor returns the largest whole number up to a/d, d > 0, and whether a/d is
// that number itself.
func (a integer) floor(d integer) (n int64, exact bool) {
	if a.big == nil && d.big == nil {
		n, r := a.small/d.small, a.small%d.small
		if r < 0 {
			n--
		}
		return n, r == 0
	}
	q, r := new(big.Int).DivMod(a.toBig(), d.toBig(), new(big.Int))
	return q.Int64(), r.Sign() == 0
}
