package web

import (
	"fmt"
	"html/template"
	"time"

	"github.com/dossierlens/dossierlens/web/i18n"
)

// funcs are the functions of templates in one language; doc.go lists them.
func (p *Pages) funcs(c *i18n.Catalogue) template.FuncMap {
	return template.FuncMap{
		"t":        c.Lookup,
		"tn":       c.LookupN,
		"msg":      func(m Message) (string, error) { return m.in(c) },
		"num":      func(x any, decimals ...int) (string, error) { return number(c.Number, x, decimals) },
		"pct":      func(x any, decimals ...int) (string, error) { return number(c.Percent, x, decimals) },
		"day":      func(n int) (string, error) { return c.Lookup("common.day", "n", n) },
		"date":     func(x any) (string, error) { return date(c, x) },
		"clock":    c.Clock,
		"lang":     c.Lang,
		"langs":    i18n.Languages,
		"asset":    p.Asset,
		"icon":     p.icon,
		"field":    newField,
		"messages": c.Under,
		"chart":    func(x Chart) (template.HTML, error) { return draw(c, x) },
		"dict":     dict,
	}
}

func number(write func(float64, int) (string, error), x any, decimals []int) (string, error) {
	places := 0
	if len(decimals) > 0 {
		places = decimals[0]
	}
	switch x := x.(type) {
	case int:
		return write(float64(x), places)
	case int64:
		return write(float64(x), places)
	case float64:
		return write(x, places)
	}
	return "", fmt.Errorf("%T is not a number", x)
}

func date(c *i18n.Catalogue, x any) (string, error) {
	switch x := x.(type) {
	case time.Time:
		return c.Date(x), nil
	case string:
		return c.PartialDate(x)
	}
	return "", fmt.Errorf("%T is not a date", x)
}

// icon draws an icon that goes with a word; it is hidden from readers of the
// word alone.
func (p *Pages) icon(name string) (template.HTML, error) {
	if !p.icons[name] {
		return "", fmt.Errorf("no icon %q in img/icons.svg", name)
	}
	return template.HTML(`<svg class="icon" aria-hidden="true" width="16" height="16"><use href="/static/` +
		p.hash + `/img/icons.svg#` + name + `"/></svg>`), nil
}

func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: a name without a value")
	}
	m := make(map[string]any, len(pairs)/2)
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is not a name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}
