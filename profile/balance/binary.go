package balance

import (
	"cmp"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"slices"

	"github.com/loadx/loadx/profile/codec"
	"github.com/loadx/loadx/profile/topk"
	"github.com/loadx/loadx/profile/uv"
)

// encodingVersion is the first byte of an encoded Table. A change of the layout or of a hash needs a new one.
const encodingVersion = 1

// maxCount bounds what is believed of an encoding, so that thousands of such can be merged before a count overflows.
const maxCount = 1 << 48

// AppendBinary appends the encoding of t to dst. Two tables with the same options that have counted the same hits, of no
// more workers than they have rows for, have the same encoding.
//
//	byte     version, 1
//	uvarint  page views, then hits and page views without a worker
//	uvarint  rows, then limit of the sample + 1, 0 for none, and its level
//	uvarint  number of visitors in the sample, and for each by ascending hash: 8 bytes, the hash, and 4 bytes, the low half
//	         of the XXH3 hash of the name of the worker (2 instead of 0 and 1), or 1 for more than one; little-endian
//	uvarint  length of a [uv.Counter], the visitors at workers without a row, and the counter; its limit and precision are
//	         those of new rows
//	         a [topk.Table] to the end; a payload is a uvarint, the page views, and a uv.Counter
func (t *Table) AppendBinary(dst []byte) ([]byte, error) {
	t.sample.settle()
	dst = append(dst, encodingVersion)
	for _, v := range []uint64{
		t.pageViews, t.withoutWorker.Hits, t.withoutWorker.PageViews, uint64(t.opts.Workers), uint64(t.sample.limit + 1), uint64(t.sample.level),
	} {
		dst = binary.AppendUvarint(dst, v)
	}
	dst = t.sample.append(dst)
	rest, err := t.rest.AppendBinary(nil)
	if err != nil {
		return nil, fmt.Errorf("balance: encode: %w", err)
	}
	dst = binary.AppendUvarint(dst, uint64(len(rest)))
	dst = append(dst, rest...)
	if dst, err = t.workers.AppendBinary(dst, appendWorker); err != nil {
		return nil, fmt.Errorf("balance: encode: %w", err)
	}
	return dst, nil
}

func appendWorker(dst []byte, w *worker) ([]byte, error) {
	dst = binary.AppendUvarint(dst, w.pageViews)
	return w.visitors.AppendBinary(dst)
}

func (s *sample) append(dst []byte) []byte {
	dst = binary.AppendUvarint(dst, uint64(s.used))
	all := make([]slot, 0, s.used)
	for _, v := range s.slots {
		if v.tag != noTag {
			all = append(all, v)
		}
	}
	slices.SortFunc(all, func(a, b slot) int { return cmp.Compare(a.hash, b.hash) })
	for _, v := range all {
		dst = binary.LittleEndian.AppendUint64(dst, v.hash)
		dst = binary.LittleEndian.AppendUint32(dst, v.tag)
	}
	return dst
}

// UnmarshalBinary makes t what AppendBinary has encoded, its options included; data must hold nothing else. The error
// wraps [ErrCorrupt], and t is then unchanged.
func (t *Table) UnmarshalBinary(data []byte) error {
	decoded, err := decode(data)
	if err != nil {
		return fmt.Errorf("balance: table: %w: %w", err, ErrCorrupt)
	}
	*t = *decoded
	return nil
}

func decode(data []byte) (*Table, error) {
	r := codec.Reader{Rest: data}
	if version := r.Bytes("version", 1); r.Err == nil && version[0] != encodingVersion {
		return nil, fmt.Errorf("version %d", version[0])
	}
	t := &Table{pageViews: r.Uvarint("page views", maxCount)}
	t.withoutWorker.Hits = r.Uvarint("hits without a worker", maxCount)
	t.withoutWorker.PageViews = r.Uvarint("page views without a worker", t.withoutWorker.Hits)
	t.opts.Workers = int(r.Uvarint("number of rows", MaxWorkers))
	t.sample.limit = int(r.Uvarint("limit of the sample", MaxSample+1)) - 1
	t.sample.level = int(r.Uvarint("level of the sample", 64))
	if r.Err == nil && (t.opts.Workers == 0 || t.sample.limit == 0) {
		return nil, errors.New("no room for a worker or a visitor")
	}
	t.opts.Sample = t.sample.limit
	if err := t.sample.decode(&r); err != nil {
		return nil, err
	}
	rest := r.Bytes("visitors", r.Uvarint("length of the visitors", math.MaxInt))
	if r.Err != nil {
		return nil, r.Err
	}
	t.rest = new(uv.Counter)
	if err := t.rest.UnmarshalBinary(rest); err != nil {
		return nil, err
	}
	t.opts.Exact, t.opts.Precision = t.rest.Limit(), t.rest.Precision()
	t.workers = topk.New(t.opts.Workers, t.opts.newWorker)
	if err := t.workers.UnmarshalBinary(r.Rest, decodeWorker); err != nil {
		return nil, err
	}
	return t, t.check()
}

// check compares what is counted in several places.
func (t *Table) check() error {
	if t.workers.Capacity() != t.opts.Workers {
		return fmt.Errorf("a table of %d rows with room for %d", t.opts.Workers, t.workers.Capacity())
	}
	if t.pageViews > t.workers.Total() {
		return fmt.Errorf("%d page views of %d hits", t.pageViews, t.workers.Total())
	}
	left := t.pageViews
	for _, r := range t.workers.Rows(-1) {
		if r.Value.pageViews > min(left, r.Count) {
			return fmt.Errorf("%d page views of worker %q", r.Value.pageViews, r.Key)
		}
		if v := r.Value.visitors; v.Exact() && v.Estimate().Value > r.Value.pageViews {
			return fmt.Errorf("%d visitors in %d page views of worker %q", v.Estimate().Value, r.Value.pageViews, r.Key)
		}
		left -= r.Value.pageViews
	}
	if uint64(t.sample.used+t.sample.moved) > t.pageViews {
		return fmt.Errorf("%d visitors, %d with several workers, in %d page views", t.sample.used, t.sample.moved, t.pageViews)
	}
	return nil
}

func decodeWorker(data []byte) (*worker, error) {
	r := codec.Reader{Rest: data}
	w := &worker{pageViews: r.Uvarint("page views", maxCount), visitors: new(uv.Counter)}
	if r.Err != nil {
		return nil, r.Err
	}
	return w, w.visitors.UnmarshalBinary(r.Rest)
}

// decode reads the visitors of a sample whose limit and level are set.
func (s *sample) decode(r *codec.Reader) error {
	const visitorLen = 12
	most := uint64(len(r.Rest)) / visitorLen
	if s.limit != uv.NoLimit {
		most = min(most, uint64(s.limit))
	}
	n := r.Uvarint("number of visitors", most)
	data := r.Bytes("visitors", visitorLen*n)
	if r.Err != nil || n == 0 {
		return r.Err
	}
	s.resize(max(minSlots, 1<<bits.Len64(n*5/4)))
	last := uint64(0)
	for i := range n {
		hash, tag := binary.LittleEndian.Uint64(data), binary.LittleEndian.Uint32(data[8:])
		data = data[visitorLen:]
		switch {
		case i > 0 && hash <= last:
			return fmt.Errorf("visitor %d is not above the one before", i)
		case tag == noTag:
			return fmt.Errorf("visitor %d has no worker", i)
		case !s.keeps(hash):
			return fmt.Errorf("visitor %d does not belong into a sample of level %d", i, s.level)
		}
		s.put(hash, tag)
		last = hash
	}
	return nil
}

// MarshalText returns the encoding of AppendBinary in base64, so that a table can stand in JSON.
func (t *Table) MarshalText() ([]byte, error) {
	b, err := t.AppendBinary(nil)
	if err != nil {
		return nil, err
	}
	return base64.StdEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText reads what MarshalText writes. The error wraps [ErrCorrupt], and t is then unchanged.
func (t *Table) UnmarshalText(text []byte) error {
	b, err := base64.StdEncoding.AppendDecode(nil, text)
	if err != nil {
		return fmt.Errorf("balance: %w: %w", ErrCorrupt, err)
	}
	return t.UnmarshalBinary(b)
}
