package accesslog

// Number is a field of a Record that is a number and so has no slot.
type Number uint8

// The numbers of a record.
const (
	Status Number = iota
	Bytes
	Time
	Server
)

// numberKinds are the kinds of fields that a number is read from.
var numberKinds = [...]uint64{
	Status: 1 << kindStatus,
	Bytes:  1 << kindBytes,
	Time:   1<<kindTimeLocal | 1<<kindTimeISO | 1<<kindEpoch | 1<<kindTimePart | 1<<kindTime | 1<<kindDate | 1<<kindClock,
	Server: 1 << kindDuration,
}

// Has reports whether the lines of the format have a place for a number. Where
// the values of a line have names, it says that there is a name which the
// number goes by: whether the lines of a log use one, only they can tell.
func (f *Format) Has(n Number) bool { return f.codec.kinds()&numberKinds[n] != 0 }

// kinds are those of a text format's fields, as a set of bits.
func (pr *program) kinds() (set uint64) {
	for i := range pr.steps {
		set |= 1 << pr.steps[i].kind
	}
	return set
}

// kinds are those that the table has names for, as a set of bits.
func (k *keyed) kinds() (set uint64) {
	for _, a := range k.aliases {
		set |= 1 << a.kind
	}
	return set
}

func (w *wrapped) kinds() uint64 { return w.inner.codec.kinds() }
