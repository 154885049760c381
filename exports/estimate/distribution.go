package estimate

// A Distribution is the shares of the classes of a domain, which add up to 1,
// with their covariances.
type Distribution struct {
	Shares     []Estimate  // of each class
	Covariance [][]float64 // nil where Undefined is set
	Undefined  Reason
}

// Distribution returns the shares of classes 0 to classes-1 among the rows of
// dom; nil dom is all rows. A row of dom with a class outside that range has
// no known class and makes the distribution undefined.
func (d *Design) Distribution(class []int, classes int, dom []bool) Distribution {
	d.mustFit("class", len(class))
	out := Distribution{Shares: make([]Estimate, classes)}
	f := d.footprint(dom)
	zs := make([][]float64, classes)
	for k := range classes {
		y := make([]float64, len(class))
		for i, c := range class {
			if (c < 0 || c >= classes) && (dom == nil || dom[i]) {
				out.Undefined = Missing
			}
			if c == k {
				y[i] = 1
			}
		}
		out.Shares[k] = d.Proportion(y, dom)
		if why := out.Shares[k].Undefined; why != "" {
			out.Undefined = why
			continue
		}
		_, zs[k] = d.mean(y, dom, f)
	}
	if out.Undefined != "" {
		return out
	}
	s := d.spread(f, zs...)
	out.Undefined = s.undefined
	if s.undefined == "" {
		out.Covariance = s.cov
	}
	return out
}
