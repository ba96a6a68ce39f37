package agent

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/x-way/crawlerdetect"
)

// corpus returns the path of a file of real User-Agents, and skips the test
// where there is none.
func corpus(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("..", "..", "..", "shared", "data", "user_agents", name)
	if _, err := os.Stat(path); err != nil {
		t.Skip("no corpus here")
	}
	return path
}

func corpusLines(t *testing.T, name string) []string {
	t.Helper()
	f, err := os.Open(corpus(t, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var lines []string
	scanner := bufio.NewScanner(f)
	for scanner.Scan() {
		lines = append(lines, scanner.Text())
	}
	if err := scanner.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

func TestRecallOnCrawlers(t *testing.T) {
	content, err := os.ReadFile(corpus(t, "crawler-user-agents.json"))
	if err != nil {
		t.Fatal(err)
	}
	var crawlers []struct {
		Instances []string `json:"instances"`
	}
	if err := json.Unmarshal(content, &crawlers); err != nil {
		t.Fatal(err)
	}
	all, bots, named := 0, 0, 0
	for _, c := range crawlers {
		for _, ua := range c.Instances {
			all++
			a := Classify([]byte(ua))
			if a.Kind != Bot {
				t.Logf("missed: %s", ua)
				continue
			}
			bots++
			if a.Bot != "" {
				named++
			}
		}
	}
	t.Logf("%d examples, %d bots, %d of them by name", all, bots, named)
	if all < 2000 || bots*1000 < all*999 || named*1000 < all*995 {
		t.Errorf("recall %d/%d, named %d", bots, all, named)
	}
}

// The list names the browser of each User-Agent in its first column.
func TestFalsePositivesOnBrowsers(t *testing.T) {
	browser := map[string]bool{}
	for _, name := range []string{"MSIE", "Mozilla", "Opera", "Netscape", "Safari", "Konqueror", "Galeon", "Links",
		"Lynx", "ELinks", "w3m", "iCab", "Dillo", "Firefox", "Avant", "Crazy Browser", "UP.Browser", "Firefox 1.0"} {
		browser[name] = true
	}
	// What the list calls MSIE or Mozilla and is none: these say so.
	saysBot := func(ua string) bool {
		ua = strings.ToLower(ua)
		for _, word := range []string{"crawler", "bot", "spider", "validator", "checker", "httpclient", "aggregator", "teoma;", "slurp", "harvest", "jeeves"} {
			if strings.Contains(ua, word) {
				return true
			}
		}
		return false
	}
	all, wrong, people := 0, 0, 0
	for _, line := range corpusLines(t, "pgts_browser_list.txt") {
		columns := strings.Split(line, "\t")
		ua := columns[len(columns)-1]
		if len(columns) < 3 || !browser[columns[0]] || saysBot(ua) {
			continue
		}
		all++
		switch a := Classify([]byte(ua)); a.Kind {
		case Bot:
			wrong++
			t.Logf("%s: %s", a.Bot, ua)
		case Person:
			people++
		}
	}
	t.Logf("%d browsers, %d taken for bots, %d for people", all, wrong, people)
	if all < 11_000 || wrong*1000 > all*2 || people*1000 < all*985 {
		t.Errorf("of %d browsers %d bots, %d people", all, wrong, people)
	}
}

// An independent list, made of regular expressions, must see the same bots in
// real logs. It is slow, above all under the race detector: every sixteenth
// User-Agent will do.
func TestAgreementWithCrawlerDetect(t *testing.T) {
	lines := corpusLines(t, "from_logs.txt")
	all, both, ours, theirs := 0, 0, 0, 0
	for i, ua := range lines {
		if i%16 != 0 {
			continue
		}
		all++
		a := Classify([]byte(ua))
		switch is := crawlerdetect.IsCrawler(ua); {
		case is && a.Kind == Bot:
			both++
		case is:
			theirs++
			t.Logf("only theirs, %v: %s", a.Kind, ua)
		case a.Kind == Bot:
			ours++
			t.Logf("only ours, %s: %s", a.Bot, ua)
		}
	}
	t.Logf("%d User-Agents: %d bots to both, %d only to us, %d only to crawlerdetect", all, both, ours, theirs)
	if both < 25 || ours+theirs > all*4/100 {
		t.Errorf("both %d, only ours %d, only theirs %d", both, ours, theirs)
	}
}
