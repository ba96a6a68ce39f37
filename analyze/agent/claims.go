package agent

// claim is a browser or a system and the patterns by which an agent claims to
// be it. Most agents claim several ("like Gecko", "like Mac OS X"): the first
// claim of the list that is made is the true one. A list has at most 62.
type claim struct {
	name     string
	patterns []string
}

func claimNames(list []claim) []string {
	names := make([]string, len(list))
	for i, c := range list {
		names[i] = c.name
	}
	return names
}

// browsers in the order of their claims: what is built on another engine says
// so after the engine's own claims, and must come first.
var browsers = []claim{
	{"Edge", []string{"edg/", "edge/", "edga/", "edgios/"}},
	{"Opera", []string{"opr/", "opera/", "opera ", "opios/", "opt/", "opx/", "oupeng"}},
	{"Samsung Internet", []string{"samsungbrowser"}},
	{"Yandex Browser", []string{"yabrowser/"}},
	{"Vivaldi", []string{"vivaldi/"}},
	{"Brave", []string{"brave/", "<brave "}},
	{"DuckDuckGo", []string{"duckduckgo/", "ddg/"}},
	{"UC Browser", []string{"ucbrowser", "<ucweb", "ubrowser/"}},
	{"QQ Browser", []string{"qqbrowser"}},
	{"WeChat", []string{"micromessenger"}},
	{"Whale", []string{"whale/"}},
	{"Silk", []string{"silk/"}},
	{"MIUI Browser", []string{"miuibrowser"}},
	{"Huawei Browser", []string{"huaweibrowser"}},
	{"Facebook", []string{"fban/", "fbav/", "fb_iab"}},
	{"Instagram", []string{"<instagram "}},
	{"Google App", []string{"<gsa/"}},
	{"SeaMonkey", []string{"seamonkey", "iceape"}},
	{"Pale Moon", []string{"palemoon"}},
	{"Netscape", []string{"netscape", "navigator/"}},
	{"Galeon", []string{"galeon"}},
	{"Camino", []string{"camino/", "chimera/"}},
	{"Epiphany", []string{"epiphany"}},
	{"K-Meleon", []string{"k-meleon"}},
	{"Konqueror", []string{"konqueror"}},
	{"Firefox", []string{"firefox", "fxios/", "firebird/", "phoenix/", "iceweasel", "fennec/", "<focus/", "klar/"}},
	{"IE", []string{"msie", "trident/", "iemobile", "internet explorer", "avant browser"}},
	{"Chromium", []string{"chromium"}},
	{"Chrome", []string{"chrome/", "crios/", "chrome "}},
	{"Links", []string{"^links"}},
	{"ELinks", []string{"^elinks"}},
	{"Lynx", []string{"^lynx"}},
	{"w3m", []string{"^w3m"}},
	{"Dillo", []string{"^dillo"}},
	{"iCab", []string{"icab"}},
	{"OmniWeb", []string{"omniweb"}},
	{"Android Browser", []string{"android*version/*safari/"}},
	{"BlackBerry", []string{"<blackberry", "bb10;"}},
	{"Feature phone", []string{"midp", "up.browser", "docomo/", "<nokia", "sonyericsson", "netfront", "<j-phone", "kddi-", "semc-browser", "<sec-sgh", "<mot-"}},
	{"Safari", []string{"safari", "applewebkit/*mobile/"}},
	{"Mozilla", []string{"mozilla/*gecko/"}},
}

// systems in the order of their claims.
var systems = []claim{
	{"Windows Phone", []string{"windows phone", "<xblwp", "iemobile"}},
	{"Xbox", []string{"xbox"}},
	{"KaiOS", []string{"kaios/"}},
	{"Tizen", []string{"tizen"}},
	{"webOS", []string{"web0s", "webos", "hpwos"}},
	{"Windows", []string{"windows", "<win32", "<win64", "<win16", "<win98", "<win95", "winnt", "win 9x", "<wince"}},
	{"iOS", []string{"iphone", "ipad", "ipod", "<ios ", "mobilesafari/"}},
	{"ChromeOS", []string{"<cros "}},
	{"HarmonyOS", []string{"harmonyos", "openharmony"}},
	{"Android", []string{"android", "<adr "}},
	{"macOS", []string{"macintosh", "mac os x", "mac_p", "mac_68", "<macos"}},
	{"FreeBSD", []string{"freebsd"}},
	{"OpenBSD", []string{"openbsd"}},
	{"NetBSD", []string{"netbsd"}},
	{"Solaris", []string{"sunos", "solaris"}},
	{"PlayStation", []string{"playstation"}},
	{"Nintendo", []string{"nintendo"}},
	{"BlackBerry", []string{"<blackberry", "bb10;", "<rim tablet"}},
	{"Symbian", []string{"symbian", "series60", "series 60", "epoc"}},
	{"AIX", []string{"<aix"}},
	{"HP-UX", []string{"hp-ux"}},
	{"IRIX", []string{"<irix"}},
	{"OS/2", []string{"os/2"}},
	{"BeOS", []string{"<beos", "haiku"}},
	{"Amiga", []string{"amiga"}},
	{"Linux", []string{"linux", "ubuntu", "fedora", "debian"}},
	{"Unix", []string{"<x11", "<unix"}},
}
