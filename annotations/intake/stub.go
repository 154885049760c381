package intake

type pdfEngine struct{ dir string }

func (e *pdfEngine) close() error                      { return nil }
func (x *extraction) packed() error                    { return ErrUnknown }
func (x *extraction) rtf() error                       { return ErrUnknown }
func (x *extraction) eml() error                       { return ErrUnknown }
func (x *extraction) pdfText(e *pdfEngine) error       { return ErrUnknown }
func (x *extraction) htmlFile(text, name string) error { return ErrUnknown }
func looksLikeMail(h []byte) bool                      { return false }
