package filter

import (
	"fmt"
	"slices"
	"strings"

	"github.com/loadx/loadx/analyze/accesslog"
	"github.com/loadx/loadx/profile/printable"
)

// A binder resolves the fields of a filter for one format.
type binder struct {
	source string
	format *accesslog.Format
}

func (b *binder) bind(n *node) (node, error) {
	bound := *n
	if n.kind == isTest {
		slot, ok := b.slot(n.test.field)
		if !ok {
			return bound, &SourceError{
				Src: b.source, Offset: n.test.offset,
				Message: fmt.Sprintf("the log's format, %s, has no %s", b.format.Name(), n.test.field.word),
				Hint:    "it has " + b.carried(),
			}
		}
		bound.test.slot = slot
		return bound, nil
	}
	bound.kids = make([]node, len(n.kids))
	for i := range n.kids {
		var err error
		if bound.kids[i], err = b.bind(&n.kids[i]); err != nil {
			return bound, err
		}
	}
	return bound, nil
}

// slot resolves a field; ok is false if the format does not carry it.
func (b *binder) slot(f field) (slot int, ok bool) {
	if f.isInteger() {
		return 0, carriesInteger(b.format, f)
	}
	return b.format.Slot(f.name)
}

// carriesInteger says whether the lines of a format may hold a field that is a number and has no slot.
func carriesInteger(format *accesslog.Format, f field) bool {
	return format.Has(map[fieldID]accesslog.Number{
		fieldStatus: accesslog.Status, fieldBytes: accesslog.Bytes, fieldDuration: accesslog.Server, fieldTime: accesslog.Time,
	}[f.id])
}

// maxCarried bounds how many fields a message lists.
const maxCarried = 40

// carried lists the fields that the format has, as a filter calls them.
func (b *binder) carried() string {
	var names []string
	known := map[string]bool{}
	for _, word := range shown {
		f, _ := lookUp(word, "")
		if _, ok := b.slot(f); ok {
			names = append(names, word)
			known[f.name] = true
		}
	}
	for _, name := range b.format.Fields() {
		slot, ok := b.format.Slot(name)
		if _, word := words[name]; !ok || word || known[name] || slot < 0 {
			continue // a number, or one of the words above
		}
		if family, _, named := strings.Cut(name, ":"); !named || !slices.Contains(families, family) {
			name = "field:" + name
		}
		names = append(names, printable.Text(name))
	}
	if len(names) > maxCarried {
		names = append(names[:maxCarried], "…")
	}
	return strings.Join(names, ", ")
}
