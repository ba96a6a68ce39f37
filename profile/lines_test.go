package profile

import (
	"reflect"
	"testing"

	"github.com/loadx/loadx/profile/topk"
)

// What recorders write with every hit fills whole lines of the cache: else two goroutines, whose recorders were made one
// after the other, would take the line between them from each other.
func TestWholeLinesOfTheCache(t *testing.T) {
	const line = 64
	for _, v := range []any{Calendar{}, crowd{}, topk.Table[Group]{}} {
		if size := reflect.TypeOf(v).Size(); size%line != 0 {
			t.Errorf("a %T has %d bytes", v, size)
		}
	}
}
