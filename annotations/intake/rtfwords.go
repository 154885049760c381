package intake

import "strings"

// rtfIgnored are destinations without text of the document.
var rtfIgnored = words(`colortbl stylesheet info fldinst listtable listoverridetable rsidtbl generator xmlnstbl
	themedata colorschememapping latentstyles datastore datafield mmathPr revtbl filetbl bkmkstart bkmkend pgdsctbl
	atnid atnauthor atndate atntime atnref atrfstart atrfend nonshppict shprslt sp ftnsep ftnsepc aftnsep aftnsepc
	aftncn ftncn tc xe txe rxe pgptbl template private formfield userprops fchars lchars`)

// rtfSigns are control words that stand for text.
var rtfSigns = map[string]string{
	"tab": "\t", "line": "\n", "par": "\n", "sect": "\n", "emdash": "—", "endash": "–", "lquote": "‘",
	"rquote": "’", "ldblquote": "“", "rdblquote": "”", "bullet": "•", "enspace": "\u2002", "emspace": "\u2003",
	"~": "\u00a0", "-": "\u00ad", "_": "\u2011", "\n": "\n", "\r": "\n", "{": "{", "}": "}", "\\": "\\",
}

// rtfCharsets are the code pages of \fcharset.
var rtfCharsets = map[int]string{
	128: "shift_jis", 129: "euc-kr", 134: "gbk", 136: "big5", 161: "windows-1253", 162: "windows-1254",
	163: "windows-1258", 177: "windows-1255", 178: "windows-1256", 186: "windows-1257", 204: "windows-1251",
	222: "windows-874", 238: "windows-1250", 77: "macintosh",
}

func words(s string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(s) {
		set[w] = true
	}
	return set
}
