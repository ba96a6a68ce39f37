// Package uv says who a visitor is and how many there are.
//
//   - [Key] names what makes a visitor: an address, a cookie, a header; [Builder] joins the texts of one hit and hashes them.
//   - [Counter] counts distinct visitors seen: exactly up to a limit, from there with a HyperLogLog sketch, and its
//     [Estimate] always says which and how far off it may be.
//   - [Users] counts planned users, who are known by number, exactly at any population.
//
// Both counters merge: what several goroutines, hosts or days have counted becomes one number, the size of the union.
// Nothing in this package may be used by two goroutines at a time: give each its own counter and merge at the end.
package uv

import "errors"

// ErrCorrupt is wrapped by the error of every UnmarshalBinary of this package.
var ErrCorrupt = errors.New("corrupt encoding")
