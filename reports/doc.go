// Package reports shows a profile: one renderer a format, no arithmetic beyond formatting, and no byte of a log or a
// response that could be more than text in the place it is shown.
package reports
