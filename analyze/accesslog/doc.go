// Package accesslog turns one line of a web server's access log into one
// Record and back, for every format it knows.
//
// A Format of the text family is a compiled program of steps over the bytes of
// a line; formats whose values have names, JSON, LTSV and W3C, are a table of
// these names. Built-in formats come from two tables (Formats); any nginx
// log_format string, Apache LogFormat string or GoAccess log-format string
// compiles into the same kind of program (Parse), and Detect picks the built-in
// format that fits the first lines of a log, also where a collector has put
// each line into an envelope: Docker, CRI, syslog, or quotes.
//
// Lines of a W3C log mean what the #Fields directive before them says; see
// Format.Stateful where a file is read in pieces.
//
// Where a line gives a time without a zone (HAProxy; Format.Zoneless), that is
// a clock reading in the zone of the server: Record.Time takes it as UTC and
// HasOffset is false. Formats that are in UTC by definition have HasOffset.
//
// A Parser, one for each goroutine, decodes lines. It allocates nothing per
// line, good or bad: the slices of a Record alias the line, or the parser's
// scratch where an escape had to be undone, and live until the next call.
// Cut splits a chunk of text into lines.
//
// The input is hostile: a line may hold any bytes. What a Record holds after
// unescaping may contain control characters and must be made safe before it
// reaches a terminal or a page; LineError.Caret does so for its snippet.
package accesslog
