package main

import "strings"

// A form is how a server writes its log: what stands above the lines, each with its line end, and a template of a line.
type form struct{ header, line string }

const (
	request = `"GET $uri HTTP/1.1" $status $bytes`
	client  = `$addr - - [$clf_time] ` + request
	headers = ` "$referrer" "$agent"`
)

// forms has every format that package accesslog knows by name, as the programs that it is named for write it. They are
// templates and not made by accesslog, so that its parsers read what is not their own; and a third of them it can't write.
var forms = map[string]form{
	"combined":       {line: client + headers},
	"common":         {line: client},
	"vhost_combined": {line: `$host:443 ` + client + headers},
	"vhost_common":   {line: `$host ` + client},
	"nginx_main":     {line: client + headers + ` "$addr, 172.70.114.69"`},
	"ingress_nginx":  {line: client + headers + ` 345 $took_3 [default-web-80] [] 10.1.0.$upstream:8080 $bytes $took_3 $status $hex`},
	"traefik":        {line: client + headers + ` 17 "web@docker" "http://10.1.0.$upstream:8080" ${took_ms}ms`},
	"gandi":          {line: `$host $addr - - [$clf_time] ($took_s s) ` + request + headers},
	"ovh":            {line: `$addr $host - [$clf_time] ` + request + headers},
	"combined_iso":   {line: `$addr - - $iso_time ` + request + headers},
	"icecast":        {line: client + headers + ` $took_s`},

	"envoy": {line: `[$iso_time_ms] "GET $uri HTTP/2" $status - 0 $bytes $took_ms $took_ms "$addr" "$agent" "$uuid" "$host" "10.1.0.$upstream:8080"`},
	"istio": {line: `[$iso_time_ms] "GET $uri HTTP/1.1" $status - via_upstream - "-" 0 $bytes $took_ms $took_ms "$addr" "$agent" "$uuid" "$host" "10.1.0.$upstream:8080" ` +
		`inbound|8080|| 127.0.0.6:47889 10.1.0.$upstream:8080 $addr:$port outbound_.8080_._.web.default.svc.cluster.local default`},
	"haproxy": {line: `$addr:$port [$clf_time_ms] https-in~ web/web$upstream 0/0/0/$took_ms/$took_ms $status $bytes $cookie - ---- 5/4/0/1/0 0/0 "GET $uri HTTP/1.1"`},

	"alb": {line: `https $iso_time_us app/web/50dc6c495c0c9188 $addr:$port 10.1.0.$upstream:8080 0.000 $took_3 0.000 $status $status 225 $bytes "GET https://$host:443$uri HTTP/1.1" "$agent" ` +
		`ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2d6bc24d8a067 "Root=1-$hex" "$host" ` +
		`"arn:aws:acm:eu-west-1:123456789012:certificate/12345678-1234-1234-1234-123456789012" 0 $iso_time_us "forward" "-" "-" "10.1.0.$upstream:8080" "$status" "-" "-" TID_$hex`},
	"elb": {line: `$iso_time_us web $addr:$port 10.1.0.$upstream:8080 0.000052 $took_6 0.000031 $status $status 0 $bytes "GET https://$host:443$uri HTTP/1.1" "$agent" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2`},
	"s3": {line: `79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be example-bucket [$clf_time] $addr - $hex WEBSITE.GET.OBJECT $key "GET $uri HTTP/1.1" $status - $bytes $bytes $took_ms $took_ms` + headers +
		` - s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader $host TLSv1.2 - - eu-west-1`},
	"gcs": {
		header: `"time_micros","c_ip","c_ip_type","c_ip_region","cs_method","cs_uri","sc_status","cs_bytes","sc_bytes","time_taken_micros","cs_host","cs_referer","cs_user_agent","s_request_id","cs_operation","cs_bucket","cs_object"` + "\n",
		line:   `"$epoch_us","$addr","1","","GET","$uri","$status","0","$bytes","$took_us","$host","$referrer","$agent","$hex","GET_Object","example-bucket","$key"`,
	},
	"squid": {line: `$epoch_3 $took_ms_wide $addr TCP_MISS/$status $bytes GET http://$host$uri - HIER_DIRECT/10.1.0.$upstream $type`},
	"bunny": {line: `HIT|$status|$epoch_ms|$bytes|390|$addr|$referrer|https://$host$uri|DE|$agent|$hex|DE`},

	"caddy": {line: `{"level":"info","ts":$epoch_6,"logger":"http.log.access.log0","msg":"handled request","request":{"remote_ip":"$addr","remote_port":"$port","client_ip":"$addr","proto":"HTTP/2.0","method":"GET","host":"$host","uri":"$uri",` +
		`"headers":{"User-Agent":["$agent"],"Referer":["$referrer"],"Cookie":["REDACTED"],"Accept":["text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"],"Accept-Language":["en-IE"],"Accept-Encoding":["gzip, deflate, br"]},` +
		`"tls":{"resumed":false,"version":772,"cipher_suite":4865,"proto":"h2","server_name":"$host"}},"bytes_read":0,"user_id":"","duration":$took_9,"size":$bytes,"status":$status,` +
		`"resp_headers":{"Server":["Caddy"],"Alt-Svc":["h3=\":443\"; ma=2592000"],"Date":["$http_time"],"Content-Type":["$type"]}}`},
	"traefik_json": {line: `{"ClientAddr":"$addr:$port","ClientHost":"$addr","ClientPort":"$port","ClientUsername":"-","DownstreamContentSize":$bytes,"DownstreamStatus":$status,"Duration":$took_ns,"OriginContentSize":$bytes,"OriginDuration":$took_ns,"OriginStatus":$status,"Overhead":10855,` +
		`"RequestAddr":"$host","RequestContentSize":0,"RequestCount":113,"RequestHost":"$host","RequestMethod":"GET","RequestPath":"$uri","RequestPort":"-","RequestProtocol":"HTTP/2.0","RequestScheme":"https","RetryAttempts":0,"RouterName":"web@docker",` +
		`"ServiceAddr":"10.1.0.$upstream:8080","ServiceName":"web@docker","ServiceURL":"http://10.1.0.$upstream:8080","StartLocal":"$iso_time_ns","StartUTC":"$iso_time_ns","downstream_Content-Type":"$type","entryPointName":"websecure","level":"info","msg":"",` +
		`"request_Cookie":"uid=$cookie; theme=dark","request_Referer":"$referrer","request_User-Agent":"$agent","request_X-Forwarded-For":"$addr","time":"$iso_time"}`},
	"istio_json": {line: `{":authority":"$host","bytes_received":0,"bytes_sent":$bytes,"connection_termination_details":null,"downstream_local_address":"10.1.0.9:10443","downstream_remote_address":"$addr:$port","duration":$took_ms,"method":"GET","protocol":"HTTP/2","requested_server_name":null,"response_code":$status,` +
		`"response_code_details":"via_upstream","response_flags":"-","route_name":"httproute/app/web/rule/0/match/0","start_time":"$iso_time_ms","upstream_cluster":"httproute/app/web/rule/0","upstream_host":"10.1.0.$upstream:8080","upstream_local_address":"10.1.0.9:51216","upstream_transport_failure_reason":null,` +
		`"referer":"$referrer","user-agent":"$agent","x-envoy-origin-path":"$uri","x-envoy-upstream-service-time":"$took_ms","x-forwarded-for":"$addr","x-request-id":"$uuid"}`},
	"cloudflare": {line: `{"ClientIP":"$addr","ClientRequestHost":"$host","ClientRequestMethod":"GET","ClientRequestURI":"$uri","ClientRequestUserAgent":"$agent","ClientRequestReferer":"$referrer","EdgeEndTimestamp":$epoch_ns,"EdgeResponseBytes":$bytes,"EdgeResponseContentType":"$type","EdgeResponseStatus":$status,"EdgeStartTimestamp":$epoch_ns,` +
		`"EdgeTimeToFirstByteMs":$took_ms,"RayID":"$hex","CacheCacheStatus":"miss","CacheResponseStatus":$status,"ClientCountry":"US","ClientRequestProtocol":"HTTP/2","EdgeColoCode":"SEA","OriginIP":"10.1.0.$upstream","WAFAction":"allow","WAFRuleID":"","FirewallMatchesActions":[],"FirewallMatchesRuleIDs":[]}`},
	"json": {line: `{"time":"$iso_time","remote_addr":"$addr","http_x_forwarded_for":"$addr, 172.70.114.69","remote_user":"","request_method":"GET","request_uri":"$uri","server_protocol":"HTTP/1.1","status":$status,"body_bytes_sent":$bytes,"request_time":$took_3,"http_host":"$host",` +
		`"http_referer":"$referrer","http_user_agent":"$agent","http_cookie":"uid=$cookie; theme=dark","upstream_addr":"10.1.0.$upstream:8080","upstream_response_time":"$took_3","request_id":"$hex"}`},
	"ltsv": {line: tabs("time:$iso_time host:$addr forwardedfor:$addr user:- method:GET uri:$uri protocol:HTTP/1.1 status:$status size:$bytes referer:$referrer ua:$agent apptime:$took_3 vhost:$host upstream_addr:10.1.0.$upstream:8080 cookie:uid=$cookie")},

	"cloudfront": {
		header: "#Version: 1.0\n#Fields: date time x-edge-location sc-bytes c-ip cs-method cs(Host) cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken " +
			"x-forwarded-for ssl-protocol ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end\n",
		line: tabs("$date $clock FRA2-C1 $bytes $addr GET d111111abcdef8.cloudfront.net $path $status $referrer $agent_percent $query uid=$cookie Miss ${hex}== $host https 217 $took_3 - TLSv1.3 TLS_AES_128_GCM_SHA256 Miss HTTP/2.0 - - $port $took_3 Miss $type $bytes - -"),
	},
	"netscaler": {
		header: "#Version: 1.0\n#Software: Netscaler Web Logging(NSWL)\n#Date: 2026-03-01 00:00:00\n" +
			"#Fields: date time c-ip cs-username sc-servicename s-ip s-port cs-method cs-uri-stem cs-uri-query sc-status cs-bytes sc-bytes time-taken cs-version cs(User-Agent) cs(Cookie) cs(Referer)\n",
		line: `$date $clock $addr - HTTP 10.1.0.$upstream 8080 GET $path $query $status 247 $bytes $took_s HTTP/1.1 $agent_plus uid=$cookie $referrer`,
	},
	"incapsula": {
		header: "#Software: Incapsula LOGS API\n#Version: 1.1\n#Date: 01/Mar/2026 00:00:00\n" +
			"#Fields: date time cs-vid cs-clapp cs-browsertype cs-js-support cs-co-support c-ip s-caip cs-clappsig s-capsupport s-suid cs(User-Agent) cs-sessionid s-siteid cs-countrycode s-tag cs-cicode s-computername cs-lat cs-long s-accountname cs-uri cs-postbody cs-version sc-action s-externalid cs(Referrer) s-ip s-port cs-method cs-uri-query sc-status s-xff cs-bytes cs-start cs-rule cs-severity cs-attacktype cs-attackid s-ruleName\n",
		line: `"$date" "$clock" "$uuid" "Chrome" "Browser" "false" "true" "$addr" "" "$hex" "NA" "774502" "$agent" "452000660051880893" "44850949" "SE" "LS" "Stockholm" "$host" "32.0000" "32.0000" "Customer" "$host$path" "" "HTTP" "REQ_PASSED" "118866685985031205" "$referrer" "10.1.0.$upstream" "443" "GET" "$query" "$status" "$addr" "$bytes" "$epoch_ms" "" "" "" "" ""`,
	},
	"zeek_http": {
		header: "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\thttp\n#open\t2026-03-01-00-00-00\n" +
			tabs("#fields ts uid id.orig_h id.orig_p id.resp_h id.resp_p trans_depth method host uri referrer version user_agent request_body_len response_body_len status_code status_msg info_code info_msg tags username password proxied orig_fuids orig_filenames orig_mime_types resp_fuids resp_filenames resp_mime_types\n") +
			tabs("#types time string addr port addr port count string string string string string string count count count string count string set[enum] string string set[string] vector[string] vector[string] vector[string] vector[string] vector[string] vector[string]\n"),
		line: tabs("$epoch_6 C$hex $addr $port 10.1.0.$upstream 80 1 GET $host $uri $referrer 1.1 $agent 0 $bytes $status OK - - (empty) - - - - - - F$hex - $type"),
	},
	"w3c": {
		header: "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2026-03-01 00:00:00\n" +
			"#Fields: date time s-sitename s-computername s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs-version cs(User-Agent) cs(Cookie) cs(Referer) cs-host sc-status sc-substatus sc-win32-status sc-bytes cs-bytes time-taken\n",
		line: `$date $clock W3SVC1 WEB-$upstream 10.1.0.$upstream GET $path $query 443 - $addr HTTP/1.1 $agent_plus uid=$cookie;+theme=dark $referrer $host $status 0 0 $bytes 214 $took_ms`,
	},
}

// tabs is for templates of columns set apart by tabs, which would not be seen here.
func tabs(columns string) string { return strings.ReplaceAll(columns, " ", "\t") }
