package cmd_test

import (
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)|src="([^"]+)"`)
	heading      = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fence        = regexp.MustCompile("(?ms)^```.*?^```$")
)

// Links of the documents lead to what is there, down to the heading, and the index of docs has every document.
func TestDocumentLinks(t *testing.T) {
	var paths []string
	for _, root := range []string{"../README.md", "../CONTRIBUTING.md", "../CHANGELOG.md", "../docs"} {
		err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(path, ".md") {
				paths = append(paths, path)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	linked := map[string]bool{}
	checked := 0
	for _, path := range paths {
		text := codeSpans.ReplaceAllString(fence.ReplaceAllString(readText(t, path), ""), "")
		for _, match := range markdownLink.FindAllStringSubmatch(text, -1) {
			link, err := url.Parse(match[1] + match[2])
			if err != nil || link.Scheme != "" {
				continue
			}
			checked++
			to := path
			if link.Path != "" {
				to = filepath.Join(filepath.Dir(path), link.Path)
			}
			if filepath.Base(path) == "README.md" && filepath.Dir(path) == "../docs" {
				linked[to] = true
			}
			if _, err := os.Stat(to); err != nil {
				t.Errorf("%s: %s leads nowhere", path, match[0])
				continue
			}
			if link.Fragment != "" && !hasHeading(readText(t, to), link.Fragment) {
				t.Errorf("%s: %s leads to no heading", path, match[0])
			}
		}
	}
	for _, path := range paths {
		// A link to a folder is one to all that is in it.
		if strings.HasPrefix(path, "../docs/") && path != "../docs/README.md" && !linked[path] && !linked[filepath.Dir(path)] {
			t.Errorf("docs/README.md lacks %s", path)
		}
	}
	if checked < 20 {
		t.Errorf("only %d links", checked)
	}
}

// hasHeading says whether GitHub would give a heading that anchor.
func hasHeading(text, anchor string) bool {
	for _, match := range heading.FindAllStringSubmatch(fence.ReplaceAllString(text, ""), -1) {
		var slug strings.Builder
		for _, r := range strings.ToLower(match[1]) {
			switch {
			case r == ' ':
				slug.WriteByte('-')
			case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
				slug.WriteRune(r)
			}
		}
		if slug.String() == anchor {
			return true
		}
	}
	return false
}
