package intake

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"regexp"
	"strings"

	"golang.org/x/net/html/charset"
)

// mailParts bounds the parts of one mail, and mailDepth how deep they nest.
const (
	mailParts = 200
	mailDepth = 10
)

// mailHeaders are shown above the text, as a mail program does.
var mailHeaders = []string{"From", "To", "Cc", "Date", "Subject"}

var mailStart = regexp.MustCompile(`(?i)^(from|to|cc|date|subject|received|return-path|message-id|mime-version|delivered-to|x-[a-z-]+|dkim-signature|content-type): ?\S`)

// looksLikeMail reports whether a file that is not named .eml opens with the
// headers that only mail programs write.
func looksLikeMail(head []byte) bool {
	if !mailStart.Match(head) {
		return false
	}
	block, _, _ := strings.Cut(strings.ReplaceAll(string(head), "\r\n", "\n"), "\n\n")
	lower := "\n" + strings.ToLower(block)
	return strings.Contains(lower, "\nfrom:") &&
		(strings.Contains(lower, "\nmessage-id:") || strings.Contains(lower, "\nmime-version:") || strings.Contains(lower, "\nreceived:"))
}

// eml reads a mail: its main headers and the part that a person reads.
func (x *extraction) eml() error {
	m, err := mail.ReadMessage(bytes.NewReader(x.data))
	if err != nil {
		return &Problem{Reason: ErrBroken, Args: []any{"it has no mail headers"}, Err: err}
	}
	words := mime.WordDecoder{CharsetReader: charset.NewReaderLabel}
	for _, h := range mailHeaders {
		v := m.Header.Get(h)
		if v == "" {
			continue
		}
		if d, err := words.DecodeHeader(v); err == nil {
			v = d
		}
		x.write(h + ": " + collapse(v) + "\n")
	}
	x.write("\n")
	r := &mailReader{extraction: x}
	return r.part(textproto.MIMEHeader(m.Header), m.Body, 0)
}

type mailReader struct {
	*extraction
	parts int
}

// part reads one part of a mail, with the parts in it.
func (m *mailReader) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	if depth > mailDepth {
		return &Problem{Reason: ErrTooDeep, Args: []any{mailDepth}}
	}
	if err := m.stopped(); err != nil {
		return err
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind == "" {
		kind = "text/plain"
	}
	disposition, _, _ := mime.ParseMediaType(h.Get("Content-Disposition"))
	switch {
	case disposition == "attachment":
		m.lost(NoticeAttachment)
		return nil
	case strings.HasPrefix(kind, "multipart/"):
		return m.several(kind, params["boundary"], body, depth)
	case kind == "application/pkcs7-mime" || kind == "application/x-pkcs7-mime":
		return ErrEncrypted
	case kind == "text/plain" || kind == "text/html":
		return m.body(kind, params["charset"], h.Get("Content-Transfer-Encoding"), body)
	case strings.HasPrefix(kind, "image/"):
		m.lost(NoticePicture)
	default:
		m.lost(NoticeAttachment)
	}
	return nil
}

// several reads the parts of a multipart: of alternatives the plain text or
// else the last, of others all.
func (m *mailReader) several(kind, boundary string, body io.Reader, depth int) error {
	if kind == "multipart/encrypted" {
		return ErrEncrypted
	}
	type alternative struct {
		header textproto.MIMEHeader
		body   []byte
	}
	var list []alternative
	r := multipart.NewReader(body, boundary)
	for {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return &Problem{Reason: ErrBroken, Args: []any{"it ends in the middle"}, Err: err}
		}
		if m.parts++; m.parts > mailParts {
			return &Problem{Reason: ErrTooManyFiles, Args: []any{mailParts}}
		}
		if kind != "multipart/alternative" {
			if err := m.part(p.Header, p, depth+1); err != nil {
				return err
			}
			continue
		}
		data, err := io.ReadAll(p)
		if err != nil {
			return &Problem{Reason: ErrBroken, Args: []any{"it ends in the middle"}, Err: err}
		}
		list = append(list, alternative{p.Header, data})
	}
	if len(list) == 0 {
		return nil
	}
	best := list[len(list)-1]
	for _, a := range list {
		if strings.HasPrefix(strings.ToLower(a.header.Get("Content-Type")), "text/plain") {
			best = a
		}
	}
	return m.part(best.header, bytes.NewReader(best.body), depth+1)
}

// body writes a text part.
func (m *mailReader) body(kind, label, transfer string, body io.Reader) error {
	switch strings.ToLower(strings.TrimSpace(transfer)) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	data, err := io.ReadAll(body)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &Problem{Reason: ErrBroken, Args: []any{"it ends in the middle"}, Err: err}
	}
	if err != nil {
		return &Problem{Reason: ErrBroken, Args: []any{"the text of the mail is not well encoded"}, Err: err}
	}
	var text string
	if e, name := charset.Lookup(label); e != nil && name != utf8Name {
		text = decodeWith(e, data, m.count)
		m.encoding = name
	} else if text, m.encoding, err = decode(data, m.count); err != nil {
		return err
	}
	if kind == "text/html" {
		return m.html(text)
	}
	m.endLine()
	m.write(text)
	return m.stopped()
}
