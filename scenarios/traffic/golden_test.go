package traffic

// golden holds the first 8 bytes of the SHA-256 of the first 10,000 visits of
// each spec. They are the same on every machine.
var golden = map[string]string{
	"ramp/even":                      "c65b134d5d984e1e",
	"ramp/poisson":                   "2f932c9727daa3ab",
	"sine/even":                      "a0043921fd229c76",
	"sine/poisson":                   "3714b24413a542de",
	"stages/even":                    "6759d65589f40024",
	"stages/poisson":                 "db1d9f3ee5e8b807",
	"steady/a billion users":         "d9e7524cd2af8a68",
	"steady/mixed/even/even":         "63edc18afc1d0ff8",
	"steady/mixed/even/poisson":      "95755752a6e209d4",
	"steady/mixed/geometric/even":    "7bb583a823fee49c",
	"steady/mixed/geometric/poisson": "63859190a846660b",
	"steady/mixed/zipf/even":         "5aec5306045ee6b8",
	"steady/mixed/zipf/poisson":      "25332ac8a3aa5ce8",
	"steady/paced/even/even":         "ff16d0caa926bc0e",
	"steady/paced/even/poisson":      "9b0814751c52adfb",
	"steady/paced/geometric/even":    "1ebdcc45f5ec830d",
	"steady/paced/geometric/poisson": "bb2b04bced93cbba",
	"steady/paced/zipf/even":         "5bf35b44559cf750",
	"steady/paced/zipf/poisson":      "840be9ecfe2ce540",
}
