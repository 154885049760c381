package intake

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// A NoticeKind says what was left out of a document, or what looks risky in
// it. Its value is the message key after "intake.notice.".
type NoticeKind string

// Kinds of notice. Those from NoticeInvisible on concern text that was kept.
const (
	NoticeComment    NoticeKind = "comment"    // remarks in the margin
	NoticeDeletion   NoticeKind = "deletion"   // tracked deletions
	NoticeHidden     NoticeKind = "hidden"     // text formatted as hidden
	NoticePicture    NoticeKind = "picture"    // pictures, which may show a name
	NoticeObject     NoticeKind = "object"     // embedded files and charts
	NoticeAttachment NoticeKind = "attachment" // attachments of a mail or PDF
	NoticeForm       NoticeKind = "form"       // filled-in form fields and notes of a PDF
	NoticeSymbol     NoticeKind = "symbol"     // signs of a symbol font without a letter
	NoticeControl    NoticeKind = "control"    // control characters dropped
	NoticeUndecoded  NoticeKind = "undecoded"  // bytes that do not fit the encoding, shown as U+FFFD
	NoticeEncoding   NoticeKind = "encoding"   // encoding was guessed: not UTF-8
	NoticeDeclared   NoticeKind = "declared"   // kept: letters were read in an encoding other than UTF-8 that the file names
	NoticeInvisible  NoticeKind = "invisible"  // kept: characters that turn the reading direction
	NoticeInsertion  NoticeKind = "insertion"  // kept: tracked insertions not yet accepted
	NoticeExtension  NoticeKind = "extension"  // kept: the content is of another format than the name says
	NoticeEmptyPage  NoticeKind = "empty_page" // kept: pages without text among pages with text
)

var noticeText = map[NoticeKind]string{
	NoticeComment:    "%d comments were left out",
	NoticeDeletion:   "%d tracked deletions were left out",
	NoticeHidden:     "%d pieces of hidden text were left out",
	NoticePicture:    "%d pictures were left out",
	NoticeObject:     "%d embedded objects were left out",
	NoticeAttachment: "%d attachments were left out",
	NoticeForm:       "%d form fields or notes were left out",
	NoticeSymbol:     "%d signs of a symbol font were left out",
	NoticeControl:    "%d control characters were dropped",
	NoticeUndecoded:  "%d characters could not be decoded",
	NoticeEncoding:   "the encoding is not UTF-8 and was guessed to be %s; look at letters such as é and ë",
	NoticeDeclared:   "the text was read as %s, as the file says",
	NoticeInvisible:  "%d invisible characters change the reading direction",
	NoticeInsertion:  "%d tracked insertions were kept as text",
	NoticeExtension:  "the content is of another format than the file name says",
	NoticeEmptyPage:  "%d pages have no text and may be scans",
}

// A Notice tells a person one way in which the text differs from the file.
type Notice struct {
	Kind     NoticeKind
	Count    int    // at least 1
	Encoding string `json:",omitempty"` // of NoticeEncoding and NoticeDeclared
}

// Key is the message key of n; its arguments are the count and, as "encoding",
// the encoding.
func (n Notice) Key() string { return "intake.notice." + string(n.Kind) }

// String gives the English text.
func (n Notice) String() string {
	text := noticeText[n.Kind]
	switch {
	case strings.Contains(text, "%s"):
		return fmt.Sprintf(text, n.Encoding)
	case strings.Contains(text, "%d"):
		return fmt.Sprintf(text, n.Count)
	}
	return text
}

// notices lists counts by kind in alphabetical order, so that the same file
// gives the same report.
func notices(counts map[NoticeKind]int, encoding string) []Notice {
	var list []Notice
	for _, kind := range slices.Sorted(maps.Keys(counts)) {
		notice := Notice{Kind: kind, Count: counts[kind]}
		if kind == NoticeEncoding || kind == NoticeDeclared {
			notice.Encoding = encoding
		}
		if notice.Count > 0 {
			list = append(list, notice)
		}
	}
	return list
}

// NoticeKinds returns every kind of notice, sorted.
func NoticeKinds() []NoticeKind { return slices.Sorted(maps.Keys(noticeText)) }
