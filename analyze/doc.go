// Package analyze measures the traffic that access logs tell of: streams of lines in, one [profile.Profile] out.
//
// [Read] reads whole files with a worker a core; [Tail] reads what is appended to one file. Both count a line by the same
// rules: [PageViews] says which hits are page views, a [uv.Key] what makes a visitor.
package analyze
