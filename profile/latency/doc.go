// Package latency records durations and says how they are distributed.
//
// A [Histogram] keeps, exactly, how many durations there were, the shortest, the longest and their sum, and counts the
// rest in log-linear buckets: quantiles come out with a bounded relative error at any number of durations, and
// histograms of several goroutines, hosts or seconds merge into the one that a single pass would have made.
//
// There are two resolutions. [New] is for the few histograms that a report turns on: three significant digits, in an
// HdrHistogram (Gil Tene, http://hdrhistogram.org). [NewSparse] is for thousands of them, one a second or one a page:
// within 1 %, in some KB.
package latency
