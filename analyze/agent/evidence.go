package agent

import (
	_ "embed"
	"strings"
)

// knownBots is the generated list: a pattern, a tab and the family a line.
//
//go:embed bots.txt
var knownBots string

// tools are programs that fetch without a person, beside the generated list.
var tools = []struct{ pattern, family string }{
	// Load generators.
	{"<loadx/", "loadx"},
	{"<vegeta", "vegeta"},
	{"<k6/", "k6"},
	{"grafana k6", "k6"},
	{"apachebench", "ApacheBench"},
	{"^wrk", "wrk"},
	{"^hey/", "hey"},
	{"bombardier", "bombardier"},
	{"<h2load", "h2load"},
	{"<siege/", "siege"},
	{"joedog", "siege"},
	{"<oha/", "oha"},
	{"fortio.org", "fortio"},
	{"<jmeter", "JMeter"},
	{"<gatling", "Gatling"},
	{"<locust", "Locust"},
	{"artillery", "Artillery"},
	{"<autocannon", "autocannon"},
	{"<httperf", "httperf"},
	{"<tsung", "Tsung"},
	// HTTP libraries and command line clients.
	{"<curl/", "curl"},
	{"<pycurl", "pycurl"},
	{"^libwww", "libwww"},
	{"<lwp-", "libwww"},
	{"<lwp:", "libwww"},
	{"python-requests", "python-requests"},
	{"<python", "Python"},
	{"<aiohttp", "aiohttp"},
	{"go-http-client", "Go-http-client"},
	{"^go ", "Go-http-client"},
	{"^java/", "Java"},
	{"^java1.", "Java"},
	{"httpclient", "HttpClient"},
	{"jakarta commons", "HttpClient"},
	{"http_request", "HTTP_Request"},
	{"<guzzle", "Guzzle"},
	{"^php", "PHP"},
	{"<ruby", "Ruby"},
	{"^perl", "Perl"},
	{"^node", "Node.js"},
	{"<undici", "Node.js"},
	{"<axios/", "axios"},
	{"<okhttp", "okhttp"},
	{"winhttp", "WinHTTP"},
	{"^postman", "Postman"},
	{"^insomnia", "Insomnia"},
	{"<aria2/", "aria2"},
	{"^reqwest", "reqwest"},
	{"^hyper/", "hyper"},
	{"<webdav", "WebDAV"},
	{"powershell", "PowerShell"},
	{"fasthttp", "fasthttp"},
	{"libfetch", "libfetch"},
	{"^tornado", "Tornado"},
	{"microsoft office existence", "Microsoft Office"},
	{"internal dummy connection", "Apache internal dummy connection"},
	// Browsers without a person.
	{"headlesschrome", "HeadlessChrome"},
	{"phantomjs", "PhantomJS"},
	{"selenium", "Selenium"},
	{"puppeteer", "Puppeteer"},
	{"playwright", "Playwright"},
	{"chrome-lighthouse", "Chrome-Lighthouse"},
	// Scanners.
	{"masscan", "masscan"},
	{"zgrab", "zgrab"},
	{"nmap scripting", "Nmap"},
	{"<nikto", "Nikto"},
	{"sqlmap", "sqlmap"},
	{"<nuclei", "Nuclei"},
	{"gobuster", "gobuster"},
	{"<wpscan", "WPScan"},
	{"palo alto networks", "Palo Alto Networks"},
	// Downloaders and mirrors.
	{"<httrack", "HTTrack"},
	{"webzip", "WebZIP"},
	{"webcopier", "WebCopier"},
	{"teleport pro", "Teleport Pro"},
	{"webstripper", "WebStripper"},
	{"<getright", "GetRight"},
	{"<flashget", "FlashGet"},
	{"^axel", "Axel"},
	// Infrastructure.
	{"amazon cloudfront", "Amazon CloudFront"},
	{"kube-probe", "kube-probe"},
	{"elb-healthchecker", "ELB-HealthChecker"},
	{"googlehc/", "GoogleHC"},
	{"prometheus/", "Prometheus"},
}

// botWords say that an agent is a bot without naming it.
var botWords = []string{
	"bot>", "bots>", "crawl", "spider", "slurp", "scraper", "scrapy",
	"+http://", "+https://", "archiver", "indexer", "feedparser", "feedfetch", "feed-fetch",
	"validator", "checker", "healthcheck", "health check", "monitoring", "uptime", "scanner",
	"link check", "linkcheck", "thumbshot", "harvest",
}

// noBotWords are names that end in a bot word and are none: each takes back
// what the word at the same place said.
var noBotWords = []string{
	"cubot>", // a maker of phones
}

// addresses are web addresses without "+": evidence of a bot except in agents
// of a time when browsers, providers and their users put theirs there.
var addresses = []string{"http://", "https://"}

// oldBrowsers are those browsers.
var oldBrowsers = browserMask("IE", "Konqueror", "Opera", "Links", "ELinks", "Lynx", "w3m", "Netscape")

func browserMask(names ...string) uint64 {
	var mask uint64
	for i, b := range browsers {
		for _, name := range names {
			if b.name == name {
				mask |= 1 << i
			}
		}
	}
	return mask
}

// mozilla marks what may be a browser although its name is not known.
const mozilla = "^mozilla/"

// evidence is what a pattern's match says.
type evidence uint8

const (
	isFamily  evidence = iota // a bot, value is the index of its family
	isBotWord                 // a bot without a name
	isNoBotWord
	isAddress
	isBrowser // value is the index in browsers
	isSystem  // value is the index in systems
	isMozilla
)

// allPatterns returns the patterns of all lists, and the names of the families,
// of which the first is "": none.
func allPatterns() (patterns []pattern, families []string) {
	families = []string{""}
	family := make(map[string]int)
	add := func(text string, says evidence, value int) {
		p := parsePattern(text)
		p.says, p.value = says, uint16(value)
		patterns = append(patterns, p)
	}
	addBot := func(text, name string) {
		value, ok := family[name]
		if !ok {
			value = len(families)
			family[name] = value
			families = append(families, name)
		}
		add(text, isFamily, value)
	}
	for line := range strings.Lines(knownBots) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		text, name, ok := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if !ok {
			panic("BUG: agent: bots.txt: line without a tab: " + line)
		}
		addBot(text, name)
	}
	for _, tool := range tools {
		addBot(tool.pattern, tool.family)
	}
	words := func(says evidence, list ...string) {
		for _, text := range list {
			add(text, says, 0)
		}
	}
	words(isBotWord, botWords...)
	words(isNoBotWord, noBotWords...)
	words(isAddress, addresses...)
	words(isMozilla, mozilla)
	claims := func(says evidence, list []claim) {
		for i, c := range list {
			for _, text := range c.patterns {
				add(text, says, i)
			}
		}
	}
	claims(isBrowser, browsers)
	claims(isSystem, systems)
	return patterns, families
}
