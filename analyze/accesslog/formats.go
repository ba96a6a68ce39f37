package accesslog

import (
	"strings"

	"github.com/loadx/loadx/profile/spelling"
)

// builtin is one row of the table of text formats.
type builtin struct {
	name    string
	summary string
	syntax  syntax
	def     string
	fast    fastPath
	// utc says that a time without an offset is in UTC.
	utc bool
	// header is what a line that names the columns begins with.
	header string
	// explicit formats are never detected: their lines look like others'.
	explicit bool
}

// builtins lists the known text formats; Detect prefers, of formats that fit
// equally well, the earlier one.
var builtins = []builtin{
	{name: "combined", summary: "Apache and nginx by default, Icecast, LiteSpeed", syntax: syntaxApache,
		def: `%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`, fast: fastCombined},
	{name: "common", summary: "Common Log Format", syntax: syntaxApache,
		def: `%h %l %u %t "%r" %>s %b`, fast: fastCommon},
	{name: "vhost_combined", summary: "Apache's and nginx's with the virtual host first", syntax: syntaxApache,
		def: `%v:%p %h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i"`},
	{name: "nginx_main", summary: "nginx's main: combined and X-Forwarded-For", syntax: syntaxNginx,
		def: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" "$http_x_forwarded_for"`, fast: fastNginxMain},
	{name: "vhost_common", summary: "Common Log Format with the virtual host first: OpenLiteSpeed", syntax: syntaxApache,
		def: `%v:%p %h %l %u %t "%r" %>s %b`},
	{name: "ingress_nginx", summary: "Kubernetes ingress-nginx (upstreaminfo)", syntax: syntaxNginx,
		def: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_length $request_time [$proxy_upstream_name] [$proxy_alternative_upstream_name] $upstream_addr $upstream_response_length $upstream_response_time $upstream_status $req_id`},
	{name: "traefik", summary: "Traefik's Common Log Format", syntax: syntaxNative,
		def: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $request_count "$router_name" "$upstream" ${duration_ms}ms`},
	{name: "gandi", summary: "Gandi simple hosting", syntax: syntaxNative,
		def: `$host $remote_addr - $remote_user [$time_local] ($duration_s s) "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`},
	{name: "ovh", summary: "OVH: the virtual host second; its lines could be combined's as well", syntax: syntaxNative, explicit: true,
		def: `$remote_addr $host $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`},
	{name: "combined_iso", summary: "combined with an ISO 8601 time", syntax: syntaxNginx,
		def: `$remote_addr - $remote_user $time_iso8601 "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent"`},
	{name: "icecast", summary: "Icecast: combined and the seconds connected; detected as combined", syntax: syntaxNative, explicit: true,
		def: `$remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_user_agent" $duration_s`},
	{name: "envoy", summary: "Envoy's default text", syntax: syntaxNative,
		def: `[$time_iso8601] "$request" $status $response_flags $bytes_received $body_bytes_sent $duration_ms $upstream_service_time "$forwarded_client" "$http_user_agent" "$request_id" "$host" "$upstream"`},
	{name: "istio", summary: "Istio's default text", syntax: syntaxNative,
		def: `[$time_iso8601] "$request" $status $response_flags $response_code_details $connection_termination_details "$upstream_transport_failure_reason" $bytes_received $body_bytes_sent $duration_ms $upstream_service_time "$http_x_forwarded_for" "$http_user_agent" "$request_id" "$host" "$upstream" $upstream_cluster $upstream_local_address $downstream_local_address $remote_addr $requested_server_name $route_name`},
	{name: "haproxy", summary: "HAProxy's httplog", syntax: syntaxNative,
		def: `$remote_addr:$remote_port [$time_clf_ms] $frontend $backend/$upstream $request_wait/$queue_wait/$connect_time/$response_wait/$duration_ms $status $body_bytes_sent $request_cookie $response_cookie $termination_state $connections $queues "$request"`},
	{name: "alb", summary: "AWS application load balancer", syntax: syntaxNative,
		def: `$type $time_iso8601 $elb $remote_addr:$remote_port $upstream $request_processing_time $target_time $response_processing_time $status $target_status $bytes_received $body_bytes_sent "$request" "$http_user_agent" $ssl_cipher $ssl_protocol $target_group_arn "$trace_id"${optional} "$host" "$chosen_cert_arn" $matched_rule_priority $request_creation_time "$actions_executed" "$redirect_url" "$error_reason" "$target_list" "$target_status_list" "$classification" "$classification_reason" $conn_trace_id`},
	{name: "elb", summary: "AWS classic load balancer", syntax: syntaxNative,
		def: `$time_iso8601 $elb $remote_addr:$remote_port $upstream $request_processing_time $target_time $response_processing_time $status $backend_status $bytes_received $body_bytes_sent "$request"${optional} "$http_user_agent" $ssl_cipher $ssl_protocol`},
	{name: "s3", summary: "AWS S3 server access log", syntax: syntaxNative,
		def: `$bucket_owner $bucket [$time_local] $remote_addr $remote_user $request_id $operation $key "$request" $status $error_code $body_bytes_sent $object_size $duration_ms $turn_around_ms "$http_referer" "$http_user_agent"${optional} $version_id $host_id $signature_version $cipher_suite $authentication_type $host $tls_version $access_point_arn $acl_required $source_region`},
	{name: "gcs", summary: "Google Cloud Storage usage log (CSV)", syntax: syntaxNative, header: `"time_micros"`, utc: true,
		def: `"$epoch_us","$remote_addr","$client_ip_type","$client_ip_region","$request_method","$request_uri","$status","$bytes_received","$body_bytes_sent","$duration_us","$host","$http_referer","$http_user_agent","$request_id","$operation","$bucket","$object"`},
	{name: "squid", summary: "Squid's native log", syntax: syntaxNative, utc: true,
		def: `$epoch_s ${blanks}$duration_ms $remote_addr $cache_status/$status $body_bytes_sent $request_method $request_uri $remote_user $hierarchy/$upstream $sent_http_content_type`},
	{name: "bunny", summary: "Bunny CDN", syntax: syntaxNative, utc: true,
		def: `$cache_status|$status|$epoch_ms|$body_bytes_sent|$pull_zone|$remote_addr|$http_referer|$request_uri|$edge|$http_user_agent|$request_id|$country${optional}|$extra_1|$extra_2|$extra_3`},
}

// compiled are the built-in formats, enveloped the same inside of each of the
// envelopes.
var (
	compiled  = compileBuiltins()
	enveloped = envelopeBuiltins()
)

func compileBuiltins() []*Format {
	var formats []*Format
	for _, b := range builtins {
		f, err := compile(b.syntax, b.def)
		if err != nil {
			panic("BUG: built-in format " + b.name + ": " + err.Error())
		}
		pr := f.codec.(*program)
		pr.utc, pr.header = b.utc, []byte(b.header)
		f.name, f.summary, f.explicit = b.name, b.summary, b.explicit
		if b.fast != nil {
			f.fast, f.byHand = b.fast, true
		}
		formats = append(formats, f)
	}
	return append(formats, compileNamed()...)
}

func envelopeBuiltins() [][]*Format {
	all := make([][]*Format, len(envelopes))
	for i, e := range envelopes {
		for _, f := range compiled {
			all[i] = append(all[i], wrap(e, f))
		}
	}
	return all
}

// Formats returns the built-in formats. They are shared and immutable.
func Formats() []*Format { return append([]*Format(nil), compiled...) }

// compile compiles a definition in the given language.
func compile(s syntax, def string) (*Format, *SpecError) {
	var pr *program
	var err *SpecError
	switch s {
	case syntaxNginx:
		pr, err = compileNginx(def)
	case syntaxApache:
		pr, err = compileApache(def)
	case syntaxNative:
		pr, err = compileNative(def)
	default:
		return compileGoAccessFormat(def)
	}
	if err != nil {
		return nil, err
	}
	return &Format{name: s.String(), def: def, syntax: s, schema: pr.schema, codec: pr, fast: pr.fast, marked: true, zoneless: pr.zoneless()}, nil
}

// servers are other names of formats: of the servers that write them by default,
// and what else they are called.
var servers = map[string]string{"apache": "combined", "nginx": "combined", "litespeed": "combined", "clf": "common", "iis": "w3c"}

// maxSpec bounds a format string, in bytes.
const maxSpec = 64 << 10

// Parse returns the format that spec names or defines: the name of a built-in
// format, or a format string as it stands in the configuration of nginx
// (log_format), Apache (LogFormat) or GoAccess (log-format). A prefix nginx:,
// apache: or goaccess: names the language; without one '$' means nginx, "%^"
// GoAccess and any other '%' Apache, or GoAccess if Apache has no such letter.
// Quotes around the whole of a string are taken off. Of GoAccess the names of
// its own formats and the lines of its configuration file are taken too, with
// date-format and time-format beside log-format. "docker+", "cri+", "syslog+",
// "stamped+", "compose+" or "quoted+" before any of these says what stands
// around each line. Some servers' names stand for what they log by default:
// apache, nginx and litespeed for combined, iis for w3c. The error is a
// *SpecError.
func Parse(spec string) (*Format, error) {
	trimmed := strings.TrimSpace(spec)
	for _, f := range compiled {
		if f.name == trimmed {
			return f, nil
		}
	}
	if name, ok := servers[strings.ToLower(trimmed)]; ok {
		return Parse(name)
	}
	if f, found, err := wrappedFormat(trimmed); found {
		return f, err
	}
	if len(spec) > maxSpec {
		return nil, &SpecError{Spec: spec[:maxSpec], Reason: "longer than 64 KiB"}
	}
	spec = unquoted(spec)
	lang, def, ok := language(spec)
	if !ok {
		return nil, &SpecError{Spec: spec, Reason: "no format of that name" + suggestion(trimmed),
			Hint: "a name that `loadx formats` lists, or a string with $variables (nginx) or %letters (Apache, GoAccess)"}
	}
	f, err := compile(lang, def)
	if err != nil && lang == syntaxApache && def == spec {
		// Letters that Apache does not know may be GoAccess's, without its "%^".
		if other, otherErr := compile(syntaxGoAccess, def); otherErr == nil {
			return other, nil
		}
	}
	if err != nil {
		err.Spec = def
		return nil, err
	}
	for _, b := range compiled {
		if b.syntax == f.syntax && b.def == f.def {
			return b, nil
		}
	}
	return f, nil
}

// unquoted takes off the quotes that are around the whole of a string which was
// copied with them out of a configuration. Double quotes are also those of a
// first and last field: they are around the whole if others within are escaped.
func unquoted(spec string) string {
	s := strings.TrimSpace(spec)
	if len(s) < 2 || s[0] != '"' && s[0] != '\'' || quotedEnd(s, 0) != len(s)-1 || s[0] == '"' && !strings.Contains(s, `\"`) {
		return spec
	}
	return strings.NewReplacer(`\\`, `\`, `\`+s[:1], s[:1]).Replace(s[1 : len(s)-1])
}

// language tells the language of a format string and cuts off its prefix.
func language(spec string) (s syntax, def string, ok bool) {
	for s, name := range syntaxNames {
		if name == "" {
			continue
		}
		if def, found := strings.CutPrefix(spec, name+":"); found {
			return syntax(s), def, true
		}
	}
	switch {
	case strings.Contains(spec, "%^FB"), strings.Contains(spec, "%^ti"), strings.Contains(spec, "%^to"):
		return syntaxApache, spec, true
	case isGoAccessConfig(spec):
		return syntaxGoAccess, spec, true
	case strings.Contains(spec, "$"):
		return syntaxNginx, spec, true
	case strings.Contains(spec, "%^"):
		return syntaxGoAccess, spec, true
	case strings.Contains(spec, "%"):
		return syntaxApache, spec, true
	}
	return 0, "", false
}

// suggestion names the built-in format that a misspelled name is near to.
func suggestion(name string) string {
	var names []string
	for _, f := range compiled {
		names = append(names, f.name)
	}
	best := spelling.Nearest(name, names)
	if best == "" {
		return ""
	}
	return ", did you mean " + best + "?"
}
