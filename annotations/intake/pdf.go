package intake

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/enums"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// pdfText reads the text layer of a PDF, page by page.
func (x *extraction) pdfText(engine *pdfEngine) error {
	pool, fast, err := engine.pool()
	if err != nil {
		return &Problem{Reason: ErrEngine, Args: []any{err.Error()}, Err: err}
	}
	job := &pdfJob{extraction: x}
	if !fast {
		job.enough = engine.interpreted
	}
	err = job.run(pool)
	if !errors.Is(err, errWait) {
		return err
	}
	if pool, err = engine.ready(x.ctx); err != nil {
		return &Problem{Reason: ErrEngine, Args: []any{err.Error()}, Err: err}
	}
	job.enough = nil
	return job.run(pool)
}

// errWait says that a PDF is too long for the interpreter.
var errWait = errors.New("wait for the compiled engine")

// A pdfJob reads one PDF in an engine of its own, which ends with it: what a
// hostile file does to the engine, no other document meets.
type pdfJob struct {
	*extraction
	pdfium pdfium.Pdfium
	doc    references.FPDF_DOCUMENT
	enough func(pages int) bool // nil when the engine is compiled
}

func (j *pdfJob) run(pool pdfium.Pool) error {
	instance, err := pool.GetInstanceWithContext(j.ctx)
	if err != nil {
		return &Problem{Reason: ErrEngine, Args: []any{err.Error()}, Err: err}
	}
	// Kill ends a call that is under way; after it there is nothing to close.
	stop := context.AfterFunc(j.ctx, func() { instance.Kill() })
	defer func() {
		if stop() {
			instance.Close()
		}
	}()
	j.pdfium = instance
	opened, err := instance.OpenDocument(&requests.OpenDocument{File: &j.data})
	switch {
	case errors.Is(err, pdfiumerrors.ErrPassword), errors.Is(err, pdfiumerrors.ErrSecurity):
		return ErrEncrypted
	case err != nil:
		return &Problem{Reason: ErrBroken, Args: []any{"it is not a readable PDF"}, Err: err}
	}
	j.doc = opened.Document
	return j.pagesOf()
}

func (j *pdfJob) pagesOf() error {
	counted, err := j.pdfium.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: j.doc})
	if err != nil {
		return err
	}
	pages := counted.PageCount
	switch {
	case pages == 0:
		return &Problem{Reason: ErrBroken, Args: []any{"it has no pages"}}
	case pages > j.limits.Pages:
		return &Problem{Reason: ErrTooManyPages, Args: []any{pages, j.limits.Pages}}
	case j.enough != nil && j.enough(pages):
		return errWait
	}
	empty := 0
	for i := range pages {
		if err := j.stopped(); err != nil {
			return err
		}
		page := requests.Page{ByIndex: &requests.PageByIndex{Document: j.doc, Index: i}}
		got, err := j.pdfium.GetPageText(&requests.GetPageText{Page: page})
		if err != nil {
			return &Problem{Column: fmt.Sprintf("p. %d", i+1), Reason: ErrBroken, Args: []any{err.Error()}, Err: err}
		}
		if i > 0 {
			j.writeRaw(string(newPage))
		}
		text := unwrap(unhyphenate(got.Text))
		if isBlank(text) {
			empty++
		}
		j.write(text)
		j.annotations(page)
	}
	if empty == pages {
		return &Problem{Reason: ErrScan, Args: []any{pages}}
	}
	if empty > 0 {
		j.count[NoticeEmptyPage] = empty
	}
	if got, err := j.pdfium.FPDFDoc_GetAttachmentCount(&requests.FPDFDoc_GetAttachmentCount{Document: j.doc}); err == nil {
		j.count[NoticeAttachment] = got.AttachmentCount
	}
	return nil
}

// unhyphenate joins words that PDFium found to be broken at the end of a
// line; it marks such a hyphen with U+0002 or U+FFFE.
var unhyphenate = strings.NewReplacer("\x02\r\n", "", "\ufffe\r\n", "", "\x02", "-", "\ufffe", "-").Replace

// annotations counts notes and filled-in fields, whose text is not on the
// page itself. Links and pop-ups say nothing of their own.
func (j *pdfJob) annotations(page requests.Page) {
	counted, err := j.pdfium.FPDFPage_GetAnnotCount(&requests.FPDFPage_GetAnnotCount{Page: page})
	if err != nil {
		return
	}
	for i := range min(counted.Count, 1000) {
		got, err := j.pdfium.FPDFPage_GetAnnot(&requests.FPDFPage_GetAnnot{Page: page, Index: i})
		if err != nil {
			return
		}
		kind, err := j.pdfium.FPDFAnnot_GetSubtype(&requests.FPDFAnnot_GetSubtype{Annotation: got.Annotation})
		if err == nil && kind.Subtype != enums.FPDF_ANNOT_SUBTYPE_LINK && kind.Subtype != enums.FPDF_ANNOT_SUBTYPE_POPUP {
			j.lost(NoticeForm)
		}
		j.pdfium.FPDFPage_CloseAnnot(&requests.FPDFPage_CloseAnnot{Annotation: got.Annotation})
	}
}
