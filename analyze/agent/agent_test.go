package agent

import (
	"fmt"
	"strings"
	"testing"
)

func TestClassify(t *testing.T) {
	const (
		webkit = "AppleWebKit/537.36 (KHTML, like Gecko) "
		win    = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) "
		mac    = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) "
		iphone = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
		pixel  = "Mozilla/5.0 (Linux; Android 14; Pixel 8) "
	)
	person := func(browser, system string) Agent { return Agent{Person, browser, system, ""} }
	bot := func(family string) Agent { return Agent{Bot, Other, Other, family} }
	unknown := Agent{Unknown, Other, Other, ""}
	tests := []struct {
		ua   string
		want Agent
	}{
		// People, by browser.
		{win + webkit + "Chrome/126.0.0.0 Safari/537.36", person("Chrome", "Windows")},
		{win + webkit + "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0", person("Edge", "Windows")},
		{win + webkit + "Chrome/64.0.3282.140 Safari/537.36 Edge/17.17134", person("Edge", "Windows")},
		{win + webkit + "Chrome/126.0.0.0 Safari/537.36 OPR/112.0.0.0", person("Opera", "Windows")},
		{win + webkit + "Chrome/126.0.0.0 Safari/537.36 Vivaldi/6.8", person("Vivaldi", "Windows")},
		{win + webkit + "Chrome/124.0.0.0 YaBrowser/24.6.0.0 Safari/537.36", person("Yandex Browser", "Windows")},
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0", person("Firefox", "Windows")},
		{"Mozilla/5.0 (Windows NT 6.1; WOW64; Trident/7.0; rv:11.0) like Gecko", person("IE", "Windows")},
		{"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)", person("IE", "Windows")},
		{"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.0) Opera 7.21  [en]", person("Opera", "Windows")},
		{"Opera/9.80 (Windows NT 6.1; U; en) Presto/2.10.229 Version/11.62", person("Opera", "Windows")},
		{mac + "AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15", person("Safari", "macOS")},
		{mac + webkit + "Chrome/126.0.0.0 Safari/537.36", person("Chrome", "macOS")},
		{iphone + "Version/17.5 Mobile/15E148 Safari/604.1", person("Safari", "iOS")},
		{iphone + "CriOS/126.0.6478.35 Mobile/15E148 Safari/604.1", person("Chrome", "iOS")},
		{iphone + "FxiOS/127.0 Mobile/15E148 Safari/605.1.15", person("Firefox", "iOS")},
		{iphone + "EdgiOS/126.0.2592.56 Version/17.0 Mobile/15E148 Safari/604.1", person("Edge", "iOS")},
		{iphone + "Mobile/15E148 [FBAN/FBIOS;FBAV/468.0.0.39.106;]", person("Facebook", "iOS")},
		{iphone + "Mobile/15E148 Instagram 336.0.0.28.91 (iPhone14,5; iOS 17_5)", person("Instagram", "iOS")},
		{iphone + "Mobile/15E148 MicroMessenger/8.0.49(0x18003127)", person("WeChat", "iOS")},
		{"Mozilla/5.0 (iPad; CPU OS 16_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) GSA/320.0 Mobile/15E148 Safari/604.1", person("Google App", "iOS")},
		{pixel + webkit + "Chrome/126.0.0.0 Mobile Safari/537.36", person("Chrome", "Android")},
		{pixel + webkit + "SamsungBrowser/25.0 Chrome/121.0.0.0 Mobile Safari/537.36", person("Samsung Internet", "Android")},
		{"Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0", person("Firefox", "Android")},
		{"Mozilla/5.0 (Linux; U; Android 2.2) AppleWebKit/533.1 (KHTML, like Gecko) Version/4.0 Mobile Safari/533.1", person("Android Browser", "Android")},
		{"Mozilla/5.0 (Linux; Android 10; CUBOT_X18_Plus) " + webkit + "Chrome/99.0.4844.73 Mobile Safari/537.36", person("Chrome", "Android")},
		{"Mozilla/5.0 (Linux; U; Android 7.0; zh-CN; FRD-AL00) " + webkit + "Version/4.0 Chrome/57.0.2987.108 UCBrowser/11.9.4.974 Mobile Safari/537.36", person("UC Browser", "Android")},
		{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) " + webkit + "Chrome/126.0.0.0 Safari/537.36", person("Chrome", "ChromeOS")},
		{"Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0", person("Firefox", "Linux")},
		{"Mozilla/5.0 (X11; Ubuntu; Linux i686) " + webkit + "Ubuntu Chromium/41.0.2272.76 Chrome/41.0.2272.76 Safari/537.36", person("Chromium", "Linux")},
		{"Mozilla/5.0 (X11; FreeBSD amd64; rv:126.0) Gecko/20100101 Firefox/126.0", person("Firefox", "FreeBSD")},
		{"Mozilla/5.0 (compatible; Konqueror/3.2; Linux; de, de_DE@euro) (KHTML, like Gecko)", person("Konqueror", "Linux")},
		{"Mozilla/5.0 (Mobile; Windows Phone 8.1; Android 4.0; ARM; Trident/7.0; Touch; rv:11.0; IEMobile/11.0; NOKIA; Lumia 520) like iPhone OS 7_0_3 Mac OS X AppleWebKit/537 (KHTML, like Gecko) Mobile Safari/537", person("IE", "Windows Phone")},
		{"Mozilla/5.0 (SMART-TV; LINUX; Tizen 5.0) AppleWebKit/537.36 (KHTML, like Gecko) Version/5.0 TV Safari/537.36", person("Safari", "Tizen")},
		{"Lynx/2.8.5dev.16 libwww-FM/2.14", person("Lynx", Other)},
		{"Links (2.8; Linux 4.4 x86_64; GNU C 5.3; text)", person("Links", "Linux")},
		{"Nokia6600/1.0 (4.09.1) SymbianOS/7.0s Series60/2.0 Profile/MIDP-2.0 Configuration/CLDC-1.0", person("Feature phone", "Symbian")},
		{"Mozilla/4.77 [en] (Win98; U)", person(Other, "Windows")},
		{"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; TeomaBar 2.01)", person("IE", "Windows")},
		{"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 4.0; 3COM U.S. Robotics)", person("IE", "Windows")},
		{"Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1; http://www.tropicdesigns.net)", person("IE", "Windows")},
		// Bots, by name.
		{"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", bot("Googlebot")},
		{"googlebot/2.1 (+http://www.googlebot.com/bot.html)", bot("Googlebot")},
		{"Mozilla/5.0 (Linux; Android 6.0.1; Nexus 5X Build/MMB29P) " + webkit + "Chrome/41.0.2272.96 Mobile Safari/537.36 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", Agent{Bot, "Chrome", "Android", "Googlebot"}},
		{"Googlebot-Image/1.0", bot("Googlebot-Image")},
		{"AdsBot-Google (+http://www.google.com/adsbot.html)", bot("AdsBot-Google")},
		{"Mozilla/5.0 (compatible; bingbot/2.0; +http://www.bing.com/bingbot.htm)", bot("bingbot")},
		{"Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)", bot("YandexBot")},
		{"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.1; +https://openai.com/gptbot)", bot("GPTBot")},
		{"facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)", bot("facebookexternalhit")},
		{"WordPress/4.7.4; http://sundog-soft.com", bot("WordPress")},
		{"Mozilla/5.0 (X11; Linux x86_64) " + webkit + "HeadlessChrome/126.0.0.0 Safari/537.36", Agent{Bot, "Chrome", "Linux", "HeadlessChrome"}},
		{"curl/8.5.0", bot("curl")},
		{"Wget/1.21.4", bot("Wget")},
		{"python-requests/2.32.3", bot("python-requests")},
		{"Python-urllib/3.11", bot("Python-urllib")},
		{"Go-http-client/1.1", bot("Go-http-client")},
		{"libwww-perl/6.67", bot("libwww-perl")},
		{"Java/17.0.2", bot("Java")},
		{"okhttp/4.12.0", bot("okhttp")},
		// Load generators.
		{"loadx/0.1.0", bot("loadx")},
		{"vegeta 12.13.0", bot("vegeta")},
		{"k6/0.52.0 (https://k6.io/)", bot("k6")},
		{"ApacheBench/2.3", bot("ApacheBench")},
		{"wrk/4.2.0", bot("wrk")},
		{"hey/0.0.1", bot("hey")},
		// Bots without a name.
		{"abot/0.1", bot("")},
		{"Mozilla/5.0 (adaptive-bot)", bot("")},
		{"Crawler0.1", bot("")},
		{"something new (+https://example.com/why)", bot("")},
		{win + webkit + "Chrome/51.0.2704.79 Safari/537.36 (https://shrinktheweb.com)", Agent{Bot, "Chrome", "Windows", ""}},
		// Neither.
		{"", unknown},
		{"-", unknown},
		{"Mozilla/5.0", unknown},
		{"Mozilla/4.0 (compatible;)", unknown},
		{"botany for beginners", unknown},
		{"<script>alert('AK7')</script>", unknown},
		{"\x00\xff\xfe", unknown},
	}
	var cached Classifier
	for _, test := range tests {
		if got := Classify([]byte(test.ua)); got != test.want {
			t.Errorf("%q:\n got %+v\nwant %+v", test.ua, got, test.want)
		}
		for _, round := range []string{"new", "cached"} {
			if got := cached.Classify([]byte(test.ua)); got != test.want {
				t.Errorf("%s %q:\n got %+v\nwant %+v", round, test.ua, got, test.want)
			}
		}
	}
}

func TestVocabularyIsBounded(t *testing.T) {
	for _, list := range [][]string{Browsers(), Systems()} {
		if len(list) == 0 || len(list) > 62 {
			t.Errorf("%d names", len(list))
		}
		seen := map[string]bool{Other: true}
		for _, name := range list {
			if seen[name] || strings.TrimSpace(name) != name || name == "" {
				t.Errorf("name %q is empty or twice there", name)
			}
			seen[name] = true
		}
	}
	families := theMatcher().families
	for i := range browsers {
		for j := range systems {
			want := Agent{Bot, browsers[i].name, systems[j].name, families[len(families)-1]}
			if got := newID(Bot, i, j, len(families)-1).Agent(); got != want {
				t.Fatalf("%+v, want %+v", got, want)
			}
		}
	}
}

func TestKindString(t *testing.T) {
	for kind, want := range map[Kind]string{Unknown: "unknown", Person: "person", Bot: "bot", 77: "invalid"} {
		if kind.String() != want {
			t.Errorf("%d is %q, want %q", kind, kind, want)
		}
	}
}

// Only the first MaxLength bytes count, however long the rest.
func TestLongUserAgent(t *testing.T) {
	pad := strings.Repeat("x", MaxLength-len("curl/8 "))
	for ua, want := range map[string]Kind{
		pad + " curl/8" + pad:  Bot,
		pad + "xx" + " curl/8": Unknown,
	} {
		if got := Classify([]byte(ua)).Kind; got != want {
			t.Errorf("%d bytes: %v, want %v", len(ua), got, want)
		}
	}
}

// More distinct User-Agents than the cache holds: every answer stays right.
func TestCacheEviction(t *testing.T) {
	var c Classifier
	const distinct = (ways + 1) << setBits
	for range 2 {
		for i := range distinct {
			ua, want := fmt.Appendf(nil, "Mozilla/5.0 (Windows NT 10.0; rv:%d.0) Gecko/20100101 Firefox/%d.0", i, i), Agent{Person, "Firefox", "Windows", ""}
			if i%3 == 0 {
				ua, want = fmt.Appendf(nil, "curl/%d", i), Agent{Bot, Other, Other, "curl"}
			}
			if got := c.Classify(ua); got != want {
				t.Fatalf("%s: %+v", ua, got)
			}
		}
	}
	if len(c.sets) != 1<<setBits {
		t.Errorf("the cache has %d sets", len(c.sets))
	}
}

func FuzzClassify(f *testing.F) {
	for _, seed := range []string{"", "-", "curl/8", "Mozilla/5.0 (Linux; U; Android 2.2) Version/4.0 Safari/1", "spider x spider spider.com", "current rss current RSS Reader", "cubot bot", "\xff\x00bot"} {
		f.Add([]byte(seed))
	}
	var cached Classifier
	f.Fuzz(func(t *testing.T, ua []byte) {
		before := string(ua)
		a := Classify(ua)
		if string(ua) != before {
			t.Fatal("the input was changed")
		}
		if again := Classify(ua); again != a {
			t.Fatalf("%+v, then %+v", a, again)
		}
		for range 2 {
			if c := cached.Classify(ua); c != a {
				t.Fatalf("cached %+v, classified %+v", c, a)
			}
		}
		if id := cached.Identify(ua); id != Identify(ua) || id.Agent() != a || id.Kind() != a.Kind {
			t.Fatalf("identified %+v, classified %+v", id.Agent(), a)
		}
		if a.Kind != Bot && a.Bot != "" || a.Browser == "" || a.System == "" {
			t.Fatalf("%+v", a)
		}
		if swapped := Classify([]byte(strings.ToUpper(strings.ToLower(before)))); len(before) < MaxLength && isASCII(before) && swapped != a {
			t.Fatalf("letter case matters: %+v, %+v", a, swapped)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= 0x80 })
}
