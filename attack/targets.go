package attack

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	vegeta "github.com/tsenart/vegeta/v12/lib"

	"github.com/loadx/loadx/scenarios"
)

// The bounds of a file of targets. Its bodies count with the bytes they are given with; those that an HTTP target names
// as a file are read whole.
const (
	MaxTargets      = 100_000
	MaxTargetsBytes = 256 << 20
)

// ReadTargets reads all targets of a file in vegeta's http or json format, told by its first byte, by vegeta's own
// readers. Each one is a page, sent as it stands: braces in it are no placeholders. The pages are meant to be taken in
// turn ([scenarios.InTurn]), as vegeta does.
func ReadTargets(src io.Reader) ([]scenarios.Page, error) {
	guard := &targetsGuard{src: src}
	in := bufio.NewReader(guard)
	first, err := firstByte(in)
	if err != nil {
		return nil, err
	}
	var next vegeta.Targeter
	if first == '{' {
		// vegeta does not see a last line without its end.
		next = vegeta.NewJSONTargeter(io.MultiReader(in, strings.NewReader("\n")), nil, nil)
	} else {
		guard.maxLine = bufio.MaxScanTokenSize - 1
		next = vegeta.NewHTTPTargeter(in, nil, nil)
	}
	var pages []scenarios.Page
	for {
		var t vegeta.Target
		err := next(&t)
		if guard.err != nil { // vegeta takes some failures to read for the end
			err = guard.err
		}
		switch {
		case errors.Is(err, vegeta.ErrNoTargets) && len(pages) > 0:
			return pages, nil
		case errors.Is(err, vegeta.ErrNoTargets):
			return nil, errors.New("targets: none in the file")
		case err != nil:
			return nil, fmt.Errorf("targets: after %d of them: %w", len(pages), err)
		case len(pages) == MaxTargets:
			return nil, fmt.Errorf("targets: more than %d", MaxTargets)
		}
		pages = append(pages, targetPage(&t))
	}
}

// firstByte looks at the first byte that is no space.
func firstByte(in *bufio.Reader) (byte, error) {
	for {
		b, err := in.ReadByte()
		switch {
		case err == io.EOF:
			return 0, errors.New("targets: the file is empty")
		case err != nil:
			return 0, fmt.Errorf("targets: %w", err)
		case strings.IndexByte(" \t\r\n", b) < 0:
			return b, in.UnreadByte()
		}
	}
}

// targetPage is the page that sends exactly what the target says.
func targetPage(t *vegeta.Target) scenarios.Page {
	page := scenarios.Page{Method: t.Method, URL: verbatim(t.URL), Body: verbatim(string(t.Body))}
	if strings.HasPrefix(page.Body, "@") {
		page.Body = "@" + page.Body
	}
	for _, name := range sortedNames(t.Header) {
		for _, value := range t.Header[name] {
			page.Headers = append(page.Headers, scenarios.Header{Name: name, Value: verbatim(value)})
		}
	}
	return page
}

func sortedNames(h http.Header) []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// verbatim is the template that renders a text.
func verbatim(text string) string {
	return strings.NewReplacer("{", "{{", "}", "}}").Replace(text)
}

// targetsGuard bounds what is read: all of it, and a line, because the scanner behind vegeta's http format takes a line
// that is too long for the end of the file.
type targetsGuard struct {
	src     io.Reader
	total   int
	line    int
	maxLine int // 0 is no bound
	err     error
}

func (g *targetsGuard) Read(p []byte) (int, error) {
	if g.err != nil {
		return 0, g.err
	}
	n, err := g.src.Read(p)
	if g.total += n; g.total > MaxTargetsBytes {
		g.err = fmt.Errorf("more than %d bytes", MaxTargetsBytes)
	}
	for _, b := range p[:n] {
		if g.line++; b == '\n' {
			g.line = 0
		} else if g.maxLine > 0 && g.line > g.maxLine {
			g.err = fmt.Errorf("a line of more than %d bytes", g.maxLine)
		}
	}
	if err != nil && err != io.EOF {
		g.err = err
	}
	if g.err != nil {
		return 0, g.err
	}
	return n, err
}
