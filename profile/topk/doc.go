// Package topk finds the heaviest keys of a stream in bounded memory and says how far off its counts may be.
//
// A [Table] tracks a bounded number of keys, each with a payload such as a counter of its visitors. As long as there are
// no more distinct keys than that, every count is exact. From then on the keys without a place are counted by a
// frequent-items sketch (Misra and Gries, Finding repeated elements, 1982, in the form of Anderson et al., A
// High-Performance Algorithm for Identifying Frequent Items in Data Streams, IMC 2017; Apache DataSketches), and one that
// has clearly outgrown the lightest tracked key takes its place.
//
// That differs from Space-Saving (Metwally et al., ICDT 2005), which gives a place to every new key: a flood of keys that
// come once costs little here, makes no payloads, and leaves heavy keys with their exact counts.
package topk
