package accesslog

import (
	"fmt"
	"testing"
)

func TestCut(t *testing.T) {
	for text, want := range map[string]string{
		"": "[]", "\n": `[""]`, "a": `["a"]`, "a\n": `["a"]`, "a\r\nb": `["a" "b"]`, "\r\n\n\ra\r\r\n": `["" "" "\ra\r"]`, "a\nb\n\n": `["a" "b" ""]`,
	} {
		equal(t, fmt.Sprintf("lines of %q", text), fmt.Sprintf("%q", cutAll([]byte(text))), want)
	}
}
