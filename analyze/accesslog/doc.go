// Package accesslog turns one line of a web server's access log into one
// Record and back, for every format it knows.
//
// A Format is a compiled program of steps over the bytes of a line. Built-in
// formats come from a table (Formats); any nginx log_format string, Apache
// LogFormat string or GoAccess log-format string compiles into the same kind
// of program (Parse), and Detect picks the built-in format that fits the first
// lines of a log.
//
// A Parser, one for each goroutine, decodes lines. It allocates nothing per
// line, good or bad: the slices of a Record alias the line, or the parser's
// scratch where an escape had to be undone, and live until the next call.
// A Chunker cuts a stream into chunks of whole lines in bounded memory, a
// Scanner cuts a chunk into lines.
//
// The input is hostile: a line may hold any bytes. What a Record holds after
// unescaping may contain control characters and must be made safe before it
// reaches a terminal or a page; LineError.Caret does so for its snippet.
package accesslog
