//go:build !amd64

package marks

// mark marks a text of whole words, of 64 bytes, that is at a position of the
// window.
func (m *Marks) mark(text []byte, at uint32, gaps bool) { m.markPortably(text, at, gaps) }
