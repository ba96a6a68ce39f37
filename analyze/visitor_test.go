package analyze

import (
	"testing"
	"unsafe"
)

// The keys of two workers, which are made one after the other, share no line of
// the cache.
func TestVisitorKeyFillsLinesOfTheCache(t *testing.T) {
	if size := unsafe.Sizeof(visitorKey{}); size%64 != 0 {
		t.Errorf("a visitor key has %d bytes", size)
	}
}
