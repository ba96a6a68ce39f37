package profile

import (
	"encoding/json"
	"fmt"
	"strconv"
)

// Status counts responses by status code. Codes outside [0, 999] are counted under 999.
type Status struct {
	counts [1000]uint64
}

// Add counts n responses of a code.
func (s *Status) Add(code int, n uint64) {
	if code < 0 || code > 999 {
		code = 999
	}
	s.counts[code] += n
}

// Count is the number of responses of a code.
func (s *Status) Count(code int) uint64 {
	if code < 0 || code > 999 {
		return 0
	}
	return s.counts[code]
}

// Class is the number of responses whose code starts with the digit: Class(5) counts 500 to 599.
func (s *Status) Class(digit int) uint64 {
	if digit < 0 || digit > 9 {
		return 0
	}
	var n uint64
	for _, c := range s.counts[digit*100 : digit*100+100] {
		n += c
	}
	return n
}

// Total is the number of all responses.
func (s *Status) Total() uint64 {
	var n uint64
	for _, c := range s.counts {
		n += c
	}
	return n
}

// Each calls f for every code that occurred, in ascending order.
func (s *Status) Each(f func(code int, count uint64)) {
	for code, c := range s.counts {
		if c > 0 {
			f(code, c)
		}
	}
}

// Merge adds the counts of another.
func (s *Status) Merge(o *Status) {
	for i, c := range o.counts {
		s.counts[i] += c
	}
}

// MarshalJSON writes an object from code to count.
func (s Status) MarshalJSON() ([]byte, error) {
	m := map[string]uint64{}
	s.Each(func(code int, n uint64) { m[strconv.Itoa(code)] = n })
	return json.Marshal(m)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (s *Status) UnmarshalJSON(b []byte) error {
	var m map[string]uint64
	if err := json.Unmarshal(b, &m); err != nil {
		return fmt.Errorf("status: %w", err)
	}
	var read Status
	for k, n := range m {
		code, err := strconv.Atoi(k)
		if err != nil || code < 0 || code > 999 {
			return fmt.Errorf("status: %q is no status code", k)
		}
		read.counts[code] = n
	}
	*s = read
	return nil
}
