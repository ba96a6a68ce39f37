package main

import (
	"encoding/json"
	"testing"
)

func TestConvert(t *testing.T) {
	tests := []struct{ pattern, want string }{
		{`Googlebot\/`, "googlebot/\tGooglebot\n"},
		{`^curl`, "^curl\tcurl\n"},
		{`(^| )PTST\/`, "<ptst/\tPTST\n"},
		{`[wW]get`, "<wget\tWget\n"},
		{`S[eE][mM]rushBot`, "semrushbot\tSEMrushBot\n"},
		{`Ahrefs(Bot|SiteAudit)`, "ahrefsbot\tAhrefsBot\nahrefssiteaudit\tAhrefsSiteAudit\n"},
		{`SSL Labs$`, "ssl labs$\tSSL Labs\n"},
		{`AdsBot-Google([^-]|$)`, "adsbot-google\tAdsBot-Google\n"},
		{`Spider[\s\S]*spider\.com`, "spider*spider.com\tSpider spider.com\n"},
		{`BlogTraffic\/\d\.\d+ Feed-Fetcher`, "blogtraffic/*.* feed-fetcher\tBlogTraffic Feed-Fetcher\n"},
		{`yandex\.com\/bots`, "yandex.com/bots\tYandexBot\n"},
		{`Riddler \(http:\/\/riddler\.io`, "riddler (http://riddler.io\tRiddler\n"},
		{`Teoma`, "<teoma>\tTeoma\n"},
		{`RED\/`, "<red/\tRED\n"},
		{`y!j`, "<y!j\ty!j\n"},
	}
	head, err := convert([]byte("[]"))
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range tests {
		data, err := json.Marshal([]map[string]string{{"pattern": test.pattern}})
		if err != nil {
			t.Fatal(err)
		}
		got, err := convert(data)
		if err != nil || string(got) != string(head)+test.want {
			t.Errorf("%s: %q, %v, want %q", test.pattern, got[min(len(head), len(got)):], err, test.want)
		}
	}
	for _, bad := range []string{`[{"pattern":"("}]`, `[{"pattern":"\\d\\d"}]`, `[{"pattern":"ab"}]`, `{`} {
		if got, err := convert([]byte(bad)); err == nil {
			t.Errorf("%s became %q", bad, got)
		}
	}
}
