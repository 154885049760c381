package codebook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// A node is a piece of a codebook file with its place, whether the file is
// YAML or JSON.
type node struct {
	kind   nodeKind
	line   int // from 1
	column int // from 1, in code points
	text   string
	keys   []*node // mapping
	items  []*node // mapping, sequence
}

type nodeKind uint8

const (
	nullNode nodeKind = iota
	textNode
	numberNode // text holds its digits
	boolNode   // text is "true" or "false"
	sequenceNode
	mappingNode
)

func (k nodeKind) term() Term {
	return [...]Term{termNothing, termText, termNumber, termTrueOrFalse, termList, termMapping}[k]
}

// MaxSize is the size of the largest codebook file, in bytes.
const MaxSize = 2 << 20

// Bounds of a codebook file. The YAML parser has none of its own, and its time
// grows with the square of the number of keys in one mapping.
const (
	maxNesting = 64
	maxKeys    = 1000 // of one mapping, and on one line
)

// readNodes parses src into nodes.
func readNodes(src []byte) (*node, *ParseError) {
	switch {
	case len(src) > MaxSize:
		return nil, &ParseError{Line: 1, Column: 1, Err: &Mistake{mistakeTooLarge, []any{MaxSize >> 20}}}
	case !utf8.Valid(src):
		line, column := invalidAt(src)
		return nil, &ParseError{Line: line, Column: column, Err: &Mistake{Kind: mistakeNotUTF8}}
	case json.Valid(src):
		return readJSON(src)
	}
	return readYAML(string(src))
}

func invalidAt(src []byte) (line, column int) {
	line, column = 1, 1
	for len(src) > 0 {
		r, size := utf8.DecodeRune(src)
		if r == utf8.RuneError && size == 1 {
			break
		}
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
		src = src[size:]
	}
	return line, column
}

func readYAML(src string) (*node, *ParseError) {
	tokens := lexer.Tokenize(src)
	if err := refuseTokens(tokens); err != nil {
		return nil, err
	}
	file, err := parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		e := &ParseError{Line: 1, Column: 1, Err: &Mistake{mistakeNotYAML, []any{err.Error()}}}
		var yamlError yaml.Error
		if errors.As(err, &yamlError) {
			e.Err = &Mistake{mistakeNotYAML, []any{yamlError.GetMessage()}}
			if t := yamlError.GetToken(); t != nil && t.Position != nil {
				e.Line, e.Column = t.Position.Line, t.Position.Column
			}
		}
		return nil, e
	}
	if len(file.Docs) != 1 || file.Docs[0].Body == nil {
		return nil, &ParseError{Line: 1, Column: 1, Err: &Mistake{Kind: mistakeNotOneCodebook}}
	}
	return fromYAML(file.Docs[0].Body, 0)
}

// refuseTokens refuses what a codebook does not need and could be used to
// blow up the parser: anchors, aliases, tags, deep nesting and endless
// mappings.
func refuseTokens(tokens token.Tokens) *ParseError {
	fail := func(t *token.Token, kind MistakeKind) *ParseError {
		return &ParseError{Line: t.Position.Line, Column: t.Position.Column, Err: &Mistake{Kind: kind}}
	}
	flow, line, marks, colons := 0, 0, 0, 0
	keys := map[int]int{} // by column, in the mappings that are open
	for i, t := range tokens {
		if t.Position.Line != line {
			line, marks, colons = t.Position.Line, 0, 0
			maps.DeleteFunc(keys, func(column, _ int) bool { return column > t.Position.Column })
		}
		switch t.Type {
		case token.AnchorType, token.AliasType:
			return fail(t, mistakeAnchors)
		case token.MergeKeyType:
			return fail(t, mistakeMergeKeys)
		case token.TagType:
			return fail(t, mistakeTags)
		case token.SequenceStartType, token.MappingStartType:
			flow++
		case token.SequenceEndType, token.MappingEndType:
			flow--
		case token.SequenceEntryType, token.MappingKeyType:
			marks++
		case token.MappingValueType:
			colons++
			if i > 0 {
				keys[tokens[i-1].Position.Column]++
			}
			if colons > maxKeys || i > 0 && keys[tokens[i-1].Position.Column] > maxKeys {
				return fail(t, mistakeTooManyKeys)
			}
		}
		if flow > maxNesting || marks > maxNesting || t.Position.IndentNum > 8*maxNesting {
			return fail(t, mistakeTooDeep)
		}
	}
	return nil
}

func fromYAML(n ast.Node, depth int) (*node, *ParseError) {
	at := n.GetToken().Position
	if m, ok := n.(*ast.MappingNode); ok && len(m.Values) > 0 && !m.IsFlowStyle {
		at = m.Values[0].Key.GetToken().Position
	}
	if m, ok := n.(*ast.MappingValueNode); ok {
		at = m.Key.GetToken().Position
	}
	x := &node{line: at.Line, column: at.Column}
	if depth > maxNesting {
		return nil, &ParseError{Line: x.line, Column: x.column, Err: &Mistake{Kind: mistakeTooDeep}}
	}
	switch n := n.(type) {
	case *ast.NullNode:
	case *ast.BoolNode:
		x.kind, x.text = boolNode, fmt.Sprint(n.Value)
	case *ast.IntegerNode, *ast.FloatNode:
		x.kind, x.text = numberNode, n.GetToken().Value
	case *ast.StringNode:
		x.kind, x.text = textNode, n.Value
	case *ast.LiteralNode:
		x.kind, x.text = textNode, n.Value.Value
	case *ast.SequenceNode:
		x.kind = sequenceNode
		for _, value := range n.Values {
			item, err := fromYAML(value, depth+1)
			if err != nil {
				return nil, err
			}
			x.items = append(x.items, item)
		}
	case *ast.MappingNode:
		return x, x.addYAML(n.Values, depth)
	case *ast.MappingValueNode:
		return x, x.addYAML([]*ast.MappingValueNode{n}, depth)
	default:
		return nil, &ParseError{Line: x.line, Column: x.column, Err: &Mistake{mistakeNotAllowed, []any{strings.ToLower(n.Type().String())}}}
	}
	return x, nil
}

func (x *node) addYAML(values []*ast.MappingValueNode, depth int) *ParseError {
	x.kind = mappingNode
	for _, value := range values {
		key, err := fromYAML(value.Key, depth+1)
		if err != nil {
			return err
		}
		item, err := fromYAML(value.Value, depth+1)
		if err != nil {
			return err
		}
		if item.kind == nullNode {
			item.line, item.column = key.line, key.column
		}
		x.keys, x.items = append(x.keys, key), append(x.items, item)
	}
	return nil
}

// readJSON parses src, which is valid JSON.
func readJSON(src []byte) (*node, *ParseError) {
	r := &jsonReader{src: src, line: 1, column: 1, decoder: json.NewDecoder(bytes.NewReader(src))}
	r.decoder.UseNumber()
	x, err := r.node(0)
	if err != nil {
		return nil, &ParseError{Line: r.line, Column: r.column, Err: err}
	}
	return x, nil
}

type jsonReader struct {
	src          []byte
	decoder      *json.Decoder
	offset       int // up to where line and column are counted
	line, column int
}

// skip moves the place to the next token.
func (r *jsonReader) skip() {
	end := int(r.decoder.InputOffset())
	for end < len(r.src) && bytes.IndexByte([]byte(" \t\r\n,:"), r.src[end]) >= 0 {
		end++
	}
	for r.offset < end {
		c, size := utf8.DecodeRune(r.src[r.offset:])
		r.offset += size
		r.column++
		if c == '\n' {
			r.line, r.column = r.line+1, 1
		}
	}
}

func (r *jsonReader) node(depth int) (*node, error) {
	r.skip()
	x := &node{line: r.line, column: r.column}
	if depth > maxNesting {
		return nil, &Mistake{Kind: mistakeTooDeep}
	}
	t, err := r.decoder.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case bool:
		x.kind, x.text = boolNode, fmt.Sprint(t)
	case json.Number:
		x.kind, x.text = numberNode, t.String()
	case string:
		x.kind, x.text = textNode, t
	case json.Delim:
		x.kind = sequenceNode
		if t == '{' {
			x.kind = mappingNode
		}
		for r.decoder.More() {
			item, err := r.node(depth + 1)
			if err != nil {
				return nil, err
			}
			if x.kind == mappingNode {
				x.keys = append(x.keys, item)
				if item, err = r.node(depth + 1); err != nil {
					return nil, err
				}
			}
			x.items = append(x.items, item)
		}
		_, err = r.decoder.Token()
	}
	return x, err
}
