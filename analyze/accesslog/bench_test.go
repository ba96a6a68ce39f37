package accesslog

import (
	"bytes"
	"testing"
)

const (
	benchHead = `203.0.113.77 - - [10/Oct/2025:13:55:36 +0000] "GET /presentations/logstash/images/kibana-search.png?v=12 HTTP/1.1" 200 203023`
	benchRest = ` "https://www.example.com/presentations/logstash/" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"`
)

// BenchmarkParse times one line in each format; "program" is combined without
// its fast path.
func BenchmarkParse(b *testing.B) {
	program := *compiled[0]
	program.fast = nil
	for _, c := range []struct {
		name   string
		format *Format
		line   string
	}{
		{"combined", compiled[0], benchHead + benchRest},
		{"program", &program, benchHead + benchRest},
		{"common", compiled[1], benchHead},
		{"vhost_combined", compiled[2], "www.example.com:443 " + benchHead + benchRest},
		{"nginx_main", compiled[3], benchHead + benchRest + ` "206.81.7.133, 172.70.114.69"`},
		{"ingress", mustParse(b, ingressNginx), benchHead + benchRest + ` 345 0.004 [default-web-80] [] 10.1.2.3:8080 612 0.004 200 5f2a4c1be3`},
		{"escaped", compiled[0], benchHead + ` "-" "a \"quoted\" agent \x41"`},
		{"bad", compiled[0], benchHead + ` "-" "unterminated`},
		{"csv", mustParse(b, csvApache), `example.com,443,194.233.82.52,-,-,[09/Feb/2025:00:10:18 +0000],954,6845,7799,2975,1,1128,615,200,"HTTP/1.1","POST","/index.html","?a=b","-","Mozilla/5.0 (X11, Linux)","-",-`},
		{"goaccess_w3c", mustParse(b, `%d %t %^ %m %U %q %^ %^ %h %u %R %s %^ %^ %L`), `2012-04-01 00:00:13 1.1.1.1 GET /foo/bar a=b 80 theuser 1.2.3.4 Mozilla/5.0+(X11;+U) - 200 654 456 1687`},
	} {
		b.Run(c.name, func(b *testing.B) {
			line := []byte(c.line)
			p := c.format.NewParser()
			var r Record
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Parse(line, &r); (err == nil) != (c.name != "bad") {
					b.Fatal(err)
				}
			}
		})
	}
}

// samples has a line of every built-in format, as its server writes it, and
// the directives that it needs.
var samples = map[string]string{
	"combined":       benchHead + benchRest,
	"common":         benchHead,
	"vhost_combined": "www.example.com:443 " + benchHead + benchRest,
	"vhost_common":   "www.example.com " + benchHead,
	"nginx_main":     benchHead + benchRest + ` "206.81.7.133, 172.70.114.69"`,
	"ingress_nginx":  benchHead + benchRest + ` 345 0.004 [default-web-80] [] 10.1.2.3:8080 612 0.004 200 5f2a4c1be3`,
	"traefik":        benchHead + benchRest + ` 17 "web@file" "http://10.0.0.2:80" 3ms`,
	"gandi":          `www.example.com 203.0.113.77 - - [10/Oct/2025:13:55:36 +0000] (0 s) "GET / HTTP/1.1" 200 203023` + benchRest,
	"ovh":            `203.0.113.77 www.example.com - [10/Oct/2025:13:55:36 +0000] "GET / HTTP/1.1" 200 203023` + benchRest,
	"combined_iso":   `203.0.113.77 - - 2025-10-10T13:55:36+00:00 "GET / HTTP/1.1" 200 203023` + benchRest,
	"icecast":        benchHead + benchRest + ` 1807`,
	"envoy":          `[2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28" "nsq2http" "cc21d9b0-cf5c-432b-8c7e-98aeb7988cd2" "locations" "tcp://10.0.2.1:80"`,
	"istio":          `[2022-07-20T09:52:24.955Z] "GET /details/0 HTTP/1.1" 200 - via_upstream - "-" 0 178 2 1 "10.128.0.64" "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)" "785918d6-06b6-9312-bf77-6d9bd968dc21" "details:9080" "10.68.2.10:9080" inbound|9080|| 127.0.0.6:47889 10.68.2.10:9080 10.68.1.7:39696 outbound_.9080_._.details.default.svc.cluster.local default`,
	"haproxy":        `4.3.2.1:55008 [25/Sep/2018:06:05:27.584] ft_https~ bk_https/abc 0/0/0/72/72 200 7456 - - ---- 5/4/0/1/0 0/0 {example.com|curl} "POST /user/ HTTP/1.1"`,
	"alb":            `https 2020-01-01T00:55:04.127531Z app/my-alb/abcdef 1.2.3.4:2817 10.0.0.1:80 0.001 0.102 0.000 200 200 225 24950 "GET https://www.example.com:443/path/index.html HTTP/1.1" "Mozilla/5.0 (X11; Linux x86_64)" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:123456789123:targetgroup/T/abcdef12345 "Root=1-abc" "www.example.com" "arn:aws:acm:eu-west-1:1:certificate/1" 0 2020-01-01T00:55:04.023000Z "forward" "-" "-" "10.1.1.1:80" "200" "-" "-" TID_abc`,
	"elb":            `2015-05-13T23:39:43.945958Z my-loadbalancer 1.2.3.4:2817 10.0.0.1:80 0.000086 0.001048 0.001337 200 200 0 57 "GET https://www.example.com:443/path/index.html HTTP/1.1" "Mozilla/5.0 (X11; Linux x86_64)" DHE-RSA-AES128-SHA TLSv1.2`,
	"s3":             `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be bucket1 [06/Feb/2019:00:00:38 +0000] 192.0.2.3 79a59df900b9 3E57427F3EXAMPLE REST.GET.VERSIONING - "GET /bucket1?versioning HTTP/1.1" 200 - 113 - 7 5 "-" "S3Console/0.4" - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader bucket1.s3.us-west-1.amazonaws.com TLSV1.2 arn:aws:s3:us-west-1:123456789012:accesspoint/example-AP Yes us-east-1`,
	"gcs":            `"1553710142123456","1.2.3.4","1","","GET","/b/o","200","0","12","34000","storage.googleapis.com","","curl/8.5","AAA","GET_Object","b","o"`,
	"squid":          `1286536309.450    180 192.168.0.224 TCP_MISS/200 411 GET http://liveupdate.example.com/x - DIRECT/1.2.3.4 text/plain`,
	"bunny":          `HIT|200|971211336000|2326|390|127.0.0.1|http://www.example.com/start.html|http://example.com/|WA|Mozilla/5.0 (Macintosh)|322b688bd63fb63f2babe9de30a5d262|DE`,
	"caddy":          `{"level":"info","ts":1703373474.8155608,"logger":"http.log.access","msg":"handled request","request":{"remote_ip":"1.2.3.4","remote_port":"64985","client_ip":"1.2.3.4","proto":"HTTP/2.0","method":"GET","host":"example.com","uri":"/beta/","headers":{"Te":["trailers"],"User-Agent":["Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:121.0) Gecko/20100101 Firefox/121.0"],"Accept":["text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/jxl,image/webp,*/*;q=0.8"],"Accept-Language":["en-IE"],"Accept-Encoding":["gzip, deflate, br"]},"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"example.com"}},"bytes_read":0,"user_id":"","duration":0.001335486,"size":3609,"status":200,"resp_headers":{"Content-Encoding":["gzip"],"Vary":["Accept-Encoding"],"Server":["Caddy","nginx/1.20.1"],"Alt-Svc":["h3=\":443\"; ma=2592000"],"Date":["Sat, 23 Dec 2023 23:17:54 GMT"],"Content-Type":["text/html"]}}`,
	"traefik_json":   `{"ClientAddr":"172.17.0.1:39490","ClientHost":"172.17.0.1","ClientPort":"39490","ClientUsername":"-","DownstreamContentSize":356,"DownstreamStatus":404,"Duration":215563,"OriginContentSize":356,"OriginDuration":204708,"OriginStatus":200,"Overhead":10855,"RequestAddr":"test.docker.localhost","RequestContentSize":0,"RequestCount":113,"RequestHost":"test.docker.localhost","RequestMethod":"GET","RequestPath":"/594VAEoi.dtd","RequestPort":"-","RequestProtocol":"HTTP/1.1","RequestScheme":"http","RetryAttempts":0,"RouterName":"test@docker","ServiceAddr":"172.17.0.3:80","ServiceName":"test@docker","ServiceURL":{"Scheme":"http","Opaque":"","User":null,"Host":"172.17.0.3:80","Path":"","RawPath":"","ForceQuery":false,"RawQuery":"","Fragment":"","RawFragment":""},"StartLocal":"2021-12-08T14:02:43.464763557Z","StartUTC":"2021-12-08T14:02:43.464763557Z","downstream_Content-Type":"text/plain; charset=utf-8","entryPointName":"http","level":"info","msg":"","request_User-Agent":"Nikto","time":"2021-12-08T14:02:43Z"}`,
	"istio_json":     `{":authority":"www.example.com","bytes_received":0,"bytes_sent":121258,"connection_termination_details":null,"downstream_local_address":"10.42.0.77:10443","downstream_remote_address":"10.0.0.12:59292","duration":11,"method":"GET","protocol":"HTTP/2","requested_server_name":null,"response_code":200,"response_code_details":"via_upstream","response_flags":"-","start_time":"2025-12-31T16:37:40.479Z","upstream_cluster":"httproute/app/app-www-example-com/rule/0","upstream_host":"10.42.0.82:8080","user-agent":"Mozilla/4.0 (Windows NT 9.0; Win64; x64; rv:136.0)","x-envoy-origin-path":"/assets/image.webp","x-forwarded-for":"10.0.0.12","x-request-id":"3bbc0252-2d5c-49fe-bd89-104e9b61770b"}`,
	"cloudflare":     `{"ClientIP":"89.163.242.206","ClientRequestHost":"www.example.com","ClientRequestMethod":"GET","ClientRequestURI":"/","ClientRequestUserAgent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64)","ClientRequestReferer":"","EdgeEndTimestamp":1712790000123000000,"EdgeResponseBytes":12480,"EdgeResponseStatus":200,"EdgeStartTimestamp":1712790000100000000,"RayID":"87a1b2c3d4e5f001","CacheCacheStatus":"miss","ClientCountry":"US","ClientRequestProtocol":"HTTP/2","FirewallMatchesActions":[],"WAFRuleID":""}`,
	"json":           `{"time":"2022-09-27T06:18:57+00:00","remote_addr":"172.31.68.234","http_x_forwarded_for":"206.81.7.133, 172.70.114.69","request_method":"GET","request_uri":"/leaf?a=1","status":200,"body_bytes_sent":12,"request_time":"0.002","http_referer":"https://www.example.com/","http_user_agent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/32.0.1700.77 Safari/537.36"}`,
	"ltsv":           "time:2015-09-06T05:58:05+09:00\thost:192.0.2.7\tmethod:POST\turi:/foo/bar?token=xxx&uuid=1234\tstatus:200\tsize:12\tapptime:0.057\tua:Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1)",
	"cloudfront":     "2014-05-23\t01:13:11\tFRA2\t182\t192.0.2.10\tGET\td111111abcdef8.cloudfront.net\t/view/my/file.html\t200\thttps://example.com/\tMozilla/5.0%2520(Windows;%2520U)%2520Gecko\t-\t-\tMiss\tMRVMF7KydIvxMWfJIglgwHQwZsbG2IhRJ07sn9AkKUFSHS9EXAMPLE==\texample.com\thttps\t217\t0.001\t-\tTLSv1.2\tECDHE-RSA-AES128-GCM-SHA256\tMiss\tHTTP/1.1\t-\t-\t11040\t0.001\tMiss\ttext/html\t78\t-\t-",
	"netscaler":      `2012-08-16 11:55:13 172.20.1.0 - HTTP 192.168.6.254 8080 GET /Citrix/XenApp/Wan/auth/login.jsp - 302 247 355 1 HTTP/1.1 Mozilla/4.0+(compatible;+MSIE+7.0) - -`,
	"incapsula":      `"2017-06-28" "07:26:35" "Chrome" "123.123.123.123" "Mozilla/5.0 (Windows NT 6.1; Win64; x64)" "www.example.com/page.php" "GET" "variable=test" "200" "10117"`,
	"zeek_http":      "1320279566.452687\tCwFs1P2UcUdlSxD2La\t192.168.2.76\t52026\t132.235.215.119\t80\t1\tGET\twww.example.com\t/\t-\t1.1\tMozilla/5.0 (Macintosh; Intel Mac OS X 10.6)\t0\t109978\t200\tOK",
	"w3c":            `2012-04-01 00:00:13 5.6.7.8 GET /foo/bar topCat1=divinity&submit=Search 80 theuser 1.2.3.4 Mozilla/5.0+(X11;+U;+Linux+i686;+en-US;+rv:1.9.2.7)+Gecko/20100722+Firefox/3.6.7 - 200 0 0 1687`,
}

var sampleDirectives = map[string]string{
	"netscaler": "#Software: Netscaler Web Logging(NSWL)\n#Fields: date time c-ip cs-username sc-servicename s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status cs-bytes sc-bytes time-taken cs-version cs(User-Agent) cs(Cookie) cs(Referer)\n",
	"w3c":       "#Software: Microsoft Internet Information Services 10.0\n#Fields: " + iisFields + "\n",
	"incapsula": "#Software: Incapsula LOGS API\n#Fields: date time cs-clapp c-ip cs(User-Agent) cs-uri cs-method cs-uri-query sc-status cs-bytes\n",
	"zeek_http": "#separator \\x09\n#fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\ttrans_depth\tmethod\thost\turi\treferrer\tversion\tuser_agent\trequest_body_len\tresponse_body_len\tstatus_code\tstatus_msg\n",
}

// BenchmarkFormats times one line in every built-in format.
func BenchmarkFormats(b *testing.B) {
	for _, f := range Formats() {
		b.Run(f.Name(), func(b *testing.B) {
			line := []byte(samples[f.Name()])
			p := f.NewParser()
			p.SetDirectives(f.ScanDirectives([]byte(sampleDirectives[f.Name()]), nil))
			var r Record
			b.SetBytes(int64(len(line)))
			b.ReportAllocs()
			for b.Loop() {
				if err := p.Parse(line, &r); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "lines/s")
		})
	}
}

// BenchmarkRealLog times a real log from bytes to records.
func BenchmarkRealLog(b *testing.B) {
	var data []byte
	for _, line := range readLog(b, "logs/combined/sundog_2017.log.gz") {
		data = append(append(data, line...), '\n')
	}
	p := compiled[0].NewParser()
	var r Record
	lines := 0
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		lines = 0
		for line, rest, more := Cut(data); more; line, rest, more = Cut(rest) {
			if err := p.Parse(line, &r); err != nil {
				b.Fatal(err)
			}
			lines++
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(lines), "ns/line")
}

func BenchmarkAppend(b *testing.B) {
	p := compiled[3].NewParser()
	var r Record
	line := []byte(benchHead + benchRest + ` "206.81.7.133, 172.70.114.69"`)
	if err := p.Parse(line, &r); err != nil {
		b.Fatal(err)
	}
	var dst []byte
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		dst = compiled[3].Append(dst[:0], &r)
	}
}

// BenchmarkDetect times the detection of a log of 200 lines.
func BenchmarkDetect(b *testing.B) {
	var lines [][]byte
	for range maxDetect {
		lines = append(lines, []byte(samples["combined"]))
	}
	for b.Loop() {
		if _, err := Detect(lines); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkScanDirectives times the search of a block without directives.
func BenchmarkScanDirectives(b *testing.B) {
	f := mustParse(b, "w3c")
	block := bytes.Repeat([]byte(samples["w3c"]+"\n"), (256<<10)/len(samples["w3c"]))
	b.SetBytes(int64(len(block)))
	b.ReportAllocs()
	for b.Loop() {
		if f.ScanDirectives(block, nil) != nil {
			b.Fatal("a directive")
		}
	}
}
