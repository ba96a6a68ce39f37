package accesslog

import (
	"slices"
	"time"
)

// namedFormat is one row of the table of formats whose values have names.
type namedFormat struct {
	name    string
	summary string
	aliases []alias
	// names is how headers and cookies are spelled; it also tells the family.
	names nameStyle
	// nested looks for the names in the objects of the first level too.
	nested bool
	// marker is the column or software that tells a kind of W3C log.
	marker string
	// fields are the columns of a W3C log without #Fields.
	fields string
	decode decoding
}

// The table of formats with named values. Detect prefers, of formats that fit
// equally well, the earlier one.
var namedFormats = []namedFormat{
	{name: "caddy", summary: "Caddy 2's JSON", aliases: []alias{
		{"request.client_ip", kindAddr, 0}, {"request.remote_ip", kindAddr, 0}, {"request.remote_addr", kindAddr, 0},
		{"user_id", kindUser, 0}, {"ts", kindTime, time.Second},
		{"request.method", kindMethod, 0}, {"request.uri", kindURI, 0}, {"request.proto", kindProto, 0}, {"request.host", kindHost, 0},
		{"request.headers.User-Agent", kindUserAgent, 0}, {"request.headers.Referer", kindReferer, 0},
		{"request.headers.X-Forwarded-For", kindForwardedFor, 0}, {"request.headers.Cookie", kindCookies, 0},
		{"status", kindStatus, 0}, {"size", kindBytes, 0}, {"duration", kindDuration, time.Second},
		{"resp_headers.Content-Type", kindContentType, 0},
	}},
	{name: "traefik_json", summary: "Traefik's JSON", aliases: []alias{
		{"ClientHost", kindAddr, 0}, {"ClientAddr", kindAddr, 0}, {"ClientUsername", kindUser, 0},
		{"StartUTC", kindTime, 0}, {"StartLocal", kindTime, 0}, {"time", kindTime, 0},
		{"RequestMethod", kindMethod, 0}, {"RequestPath", kindURI, 0}, {"RequestProtocol", kindProto, 0}, {"RequestHost", kindHost, 0}, {"RequestAddr", kindHost, 0},
		{"DownstreamStatus", kindStatus, 0}, {"OriginStatus", kindStatus, 0}, {"DownstreamContentSize", kindBytes, 0}, {"OriginContentSize", kindBytes, 0},
		{"Duration", kindDuration, time.Nanosecond}, {"ServiceAddr", kindUpstream, 0},
		{"request_User-Agent", kindUserAgent, 0}, {"request_Referer", kindReferer, 0}, {"request_X-Forwarded-For", kindForwardedFor, 0},
		{"request_Cookie", kindCookies, 0}, {"downstream_Content-Type", kindContentType, 0}, {"origin_Content-Type", kindContentType, 0},
	}},
	{name: "istio_json", summary: "Istio's and Envoy's JSON", aliases: []alias{
		{"downstream_remote_address", kindAddr, 0}, {"downstream_direct_remote_address", kindAddr, 0},
		{"start_time", kindTime, 0}, {"method", kindMethod, 0}, {":method", kindMethod, 0},
		{"x-envoy-origin-path", kindURI, 0}, {"path", kindURI, 0}, {":path", kindURI, 0}, {"protocol", kindProto, 0},
		{"response_code", kindStatus, 0}, {"bytes_sent", kindBytes, 0}, {"duration", kindDuration, time.Millisecond},
		{"x_forwarded_for", kindForwardedFor, 0}, {"x-forwarded-for", kindForwardedFor, 0},
		{"user_agent", kindUserAgent, 0}, {"user-agent", kindUserAgent, 0}, {"referer", kindReferer, 0},
		{"authority", kindHost, 0}, {":authority", kindHost, 0}, {"upstream_host", kindUpstream, 0},
	}},
	{name: "cloudflare", summary: "Cloudflare Logpush HTTP requests (NDJSON)", aliases: []alias{
		{"ClientIP", kindAddr, 0}, {"EdgeStartTimestamp", kindTime, 0}, {"EdgeEndTimestamp", kindTime, 0}, {"Datetime", kindTime, 0},
		{"ClientRequestMethod", kindMethod, 0}, {"ClientRequestURI", kindURI, 0}, {"ClientRequestPath", kindPath, 0},
		{"ClientRequestProtocol", kindProto, 0}, {"ClientRequestHost", kindHost, 0},
		{"EdgeResponseStatus", kindStatus, 0}, {"OriginResponseStatus", kindStatus, 0},
		{"EdgeResponseBytes", kindBytes, 0}, {"EdgeResponseBodyBytes", kindBytes, 0}, {"EdgeResponseContentType", kindContentType, 0},
		{"ClientRequestReferer", kindReferer, 0}, {"ClientRequestUserAgent", kindUserAgent, 0},
		{"EdgeTimeToFirstByteMs", kindDuration, time.Millisecond}, {"OriginResponseDurationMs", kindDuration, time.Millisecond}, {"OriginIP", kindUpstream, 0},
		{"ClientXFF", kindForwardedFor, 0},
	}},
	{name: "json", summary: "JSON by the usual names: nginx, ingress-nginx and hand-made", nested: true, aliases: usualNames},
	{name: "ltsv", summary: "Labeled Tab-separated Values by the usual names", names: namesLTSV, aliases: ltsvNames()},
	{name: "cloudfront", summary: "AWS CloudFront standard log", names: namesW3C, marker: "x-edge-location", fields: cloudFrontFields,
		aliases: append([]alias{{"time-taken", kindDuration, time.Second}}, w3cNames...), decode: decodePercent},
	{name: "netscaler", summary: "Citrix NetScaler web log (W3C, time-taken in seconds)", names: namesW3C, marker: "netscaler",
		aliases: append([]alias{{"time-taken", kindDuration, time.Second}}, w3cNames...), decode: decodePlus},
	{name: "incapsula", summary: "Imperva Incapsula (W3C)", names: namesW3C, marker: "incapsula",
		// Against the draft, the content length of the response (Imperva, "Log File Structure"; Matomo reads it so too).
		aliases: slices.Concat(w3cNames, []alias{{"cs-bytes", kindBytes, 0}})},
	{name: "zeek_http", summary: "Zeek's http.log", names: namesW3C, marker: "id.orig_h", aliases: []alias{
		{"ts", kindTime, time.Second}, {"id.orig_h", kindAddr, 0}, {"method", kindMethod, 0}, {"host", kindHost, 0}, {"uri", kindURI, 0},
		{"referrer", kindReferer, 0}, {"user_agent", kindUserAgent, 0}, {"response_body_len", kindBytes, 0}, {"status_code", kindStatus, 0},
		{"username", kindUser, 0}, {"resp_mime_types", kindContentType, 0}, {"id.resp_h", kindUpstream, 0},
	}},
	{name: "w3c", summary: "W3C Extended Log File Format: IIS and others, by its #Fields", names: namesW3C, aliases: w3cNames, decode: decodePlus, fields: iisFields},
}

// usualNames are the names that people give the values of an access log.
var usualNames = []alias{
	{"remote_addr", kindAddr, 0}, {"client_ip", kindAddr, 0}, {"clientip", kindAddr, 0}, {"clientIp", kindAddr, 0}, {"ClientIP", kindAddr, 0}, {"remote_ip", kindAddr, 0},
	{"remote_host", kindAddr, 0}, {"c-ip", kindAddr, 0}, {"ip", kindAddr, 0}, {"client", kindAddr, 0}, {"remote", kindAddr, 0}, {"ClientHost", kindAddr, 0}, {"host_ip", kindAddr, 0},
	{"http_x_forwarded_for", kindForwardedFor, 0}, {"x_forwarded_for", kindForwardedFor, 0}, {"x-forwarded-for", kindForwardedFor, 0}, {"forwardedfor", kindForwardedFor, 0}, {"xff", kindForwardedFor, 0},
	{"remote_user", kindUser, 0}, {"user", kindUser, 0},
	{"msec", kindTime, time.Second}, {"time_iso8601", kindTime, 0}, {"time_local", kindTime, 0}, {"@timestamp", kindTime, 0}, {"timestamp", kindTime, 0}, {"time", kindTime, 0},
	{"datetime", kindTime, 0}, {"ts", kindTime, 0}, {"date", kindTime, 0}, {"start_time", kindTime, 0},
	{"request", kindRequest, 0}, {"req", kindRequest, 0}, {"request_line", kindRequest, 0},
	{"request_method", kindMethod, 0}, {"method", kindMethod, 0}, {"http_method", kindMethod, 0}, {"verb", kindMethod, 0},
	{"request_uri", kindURI, 0}, {"url", kindURI, 0}, {"uri", kindPath, 0}, {"path", kindPath, 0}, {"request_path", kindPath, 0},
	{"args", kindQuery, 0}, {"query_string", kindQuery, 0}, {"query", kindQuery, 0},
	{"server_protocol", kindProto, 0}, {"protocol", kindProto, 0}, {"proto", kindProto, 0}, {"http_version", kindProto, 0},
	{"status", kindStatus, 0}, {"status_code", kindStatus, 0}, {"http_status", kindStatus, 0}, {"response_code", kindStatus, 0}, {"response_status", kindStatus, 0}, {"code", kindStatus, 0},
	{"body_bytes_sent", kindBytes, 0}, {"body_bytes", kindBytes, 0}, {"bytes_sent", kindBytes, 0}, {"bytes", kindBytes, 0}, {"bytes_out", kindBytes, 0}, {"size", kindBytes, 0}, {"length", kindBytes, 0},
	{"http_referer", kindReferer, 0}, {"http_referrer", kindReferer, 0}, {"referer", kindReferer, 0}, {"referrer", kindReferer, 0},
	{"http_user_agent", kindUserAgent, 0}, {"user_agent", kindUserAgent, 0}, {"user-agent", kindUserAgent, 0}, {"userAgent", kindUserAgent, 0}, {"agent", kindUserAgent, 0}, {"ua", kindUserAgent, 0},
	{"request_time", kindDuration, time.Second}, {"apptime", kindDuration, time.Second}, {"response_time", kindDuration, time.Second}, {"responsetime", kindDuration, time.Second},
	{"reqtime", kindDuration, time.Second}, {"duration", kindDuration, time.Second}, {"taken_sec", kindDuration, time.Second}, {"upstream_response_time", kindDuration, time.Second},
	{"duration_ms", kindDuration, time.Millisecond}, {"reqtime_microsec", kindDuration, time.Microsecond},
	{"http_host", kindHost, 0}, {"vhost", kindHost, 0}, {"host", kindHost, 0}, {"server_name", kindHost, 0}, {"domain", kindHost, 0},
	{"upstream_addr", kindUpstream, 0}, {"upstream", kindUpstream, 0},
	{"sent_http_content_type", kindContentType, 0}, {"content_type", kindContentType, 0}, {"http_cookie", kindCookies, 0}, {"cookie", kindCookies, 0},
}

// ltsvNames are the usual ones, but "host" is the client's (http://ltsv.org).
func ltsvNames() []alias {
	names := []alias{{"host", kindAddr, 0}}
	for _, a := range usualNames {
		if a.name != "host" {
			names = append(names, a)
		}
	}
	return names
}

// w3cNames are the columns that IIS, CloudFront and others have, in lower case.
var w3cNames = []alias{
	{"c-ip", kindAddr, 0}, {"cs-username", kindUser, 0}, {"date", kindDate, 0}, {"time", kindClock, 0},
	{"cs-method", kindMethod, 0}, {"cs-uri-stem", kindPath, 0}, {"cs-uri-query", kindQuery, 0}, {"cs-uri", kindHostURI, 0},
	{"cs-version", kindProto, 0}, {"cs-protocol-version", kindProto, 0},
	{"x-host-header", kindHost, 0}, {"cs-host", kindHost, 0}, {"cs(host)", kindHost, 0},
	{"sc-status", kindStatus, 0}, {"sc-bytes", kindBytes, 0},
	{"time-taken", kindDuration, time.Millisecond},
	{"cs(user-agent)", kindUserAgent, 0}, {"c-user-agent", kindUserAgent, 0}, {"cs(referer)", kindReferer, 0}, {"cs(referrer)", kindReferer, 0}, {"c-referrer", kindReferer, 0},
	{"x-forwarded-for", kindForwardedFor, 0}, {"s-xff", kindForwardedFor, 0}, {"cs(x-forwarded-for)", kindForwardedFor, 0},
	{"cs(cookie)", kindCookies, 0}, {"sc-content-type", kindContentType, 0},
}

// What lines are read as when no #Fields came before: what IIS and CloudFront
// log by default.
const (
	iisFields = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(user-agent) cs(referer) sc-status sc-substatus sc-win32-status time-taken"

	cloudFrontFields = "date time x-edge-location sc-bytes c-ip cs-method cs(host) cs-uri-stem sc-status cs(referer) cs(user-agent) cs-uri-query cs(cookie) " +
		"x-edge-result-type x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol ssl-cipher " +
		"x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields c-port time-to-first-byte " +
		"x-edge-detailed-result-type sc-content-type sc-content-len sc-range-start sc-range-end"
)

func compileNamed() []*Format {
	var formats []*Format
	for _, n := range namedFormats {
		k := newKeyed(&keyed{aliases: n.aliases, names: n.names, nested: n.nested, agents: n.decode, needStatus: n.names != namesW3C})
		f := &Format{name: n.name, summary: n.summary, def: n.name, syntax: syntaxNamed, schema: k.schema()}
		switch n.names {
		case namesJSON:
			f.codec, f.fast = jsonCodec{k}, jsonCodec{k}.fast
		case namesLTSV:
			f.codec = ltsvCodec{k}
		case namesW3C:
			f.codec = &w3cCodec{keyed: k, marker: n.marker, defaults: (*Directives)(nil).with([]byte("#Fields: " + n.fields))}
		}
		formats = append(formats, f)
	}
	return formats
}
