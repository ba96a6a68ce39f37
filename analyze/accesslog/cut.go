package accesslog

import "bytes"

// Cut splits off the first line of a chunk, without its "\n" or "\r\n". A rest
// without a line end is a line too. more is false when the chunk is empty.
func Cut(chunk []byte) (line, rest []byte, more bool) {
	if len(chunk) == 0 {
		return nil, nil, false
	}
	i := bytes.IndexByte(chunk, '\n')
	if i < 0 {
		return trimCR(chunk), nil, true
	}
	return trimCR(chunk[:i]), chunk[i+1:], true
}

func trimCR(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\r' {
		return line[:n-1]
	}
	return line
}
