// Package profile holds the numbers of one traffic, whatever its origin: what loadx sent and what a server's log saw are
// measured by the same instruments into the same [Profile], so that gates, reports, comparisons and merges exist once.
//
// Producers feed [Hit] values to a [Recorder], one a goroutine, and merge the recorders' profiles at the end, or share a
// [Collector]. Consumers read figures by name from the table of metrics ([Profile.Metric]) or from the fields.
//
// Nothing in a Profile grows without a bound: see [Limits]. What a bound cuts is counted.
package profile
