package disclosure

// A Certificate proves that sensitive counts cannot be worked out.
type Certificate struct{}
