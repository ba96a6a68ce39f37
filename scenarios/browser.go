package scenarios

import (
	"math"
	"strconv"
)

// browser is one family of User-Agents; its version numbers make users differ.
type browser struct {
	slots int      // share of the users, out of browserSlots
	text  []string // with a number after each piece but the last
	// versions are the ranges of the numbers that vary.
	versions []versionRange
	// repeat has, for each number in the text, the index of the version that stands there again, or -1 for the next one.
	repeat []int
}

// versionRange is the numbers from first on, count of them.
type versionRange struct{ first, count uint64 }

// chromium is the version of Chromium browsers: major.0.build.patch. Builds grow with the major version.
var (
	chromiumMajor = versionRange{109, 32}
	chromiumBuild = versionRange{5414, 1800}
	chromiumPatch = versionRange{30, 170}
)

// browsers is the mixture of `user_agent: mixed`. Changing it changes traffic: it then needs a new planVersion.
var browsers = []browser{
	chromium(22, "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/", " Safari/537.36"),
	chromium(5, "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/", " Safari/537.36"),
	chromium(2, "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/", " Safari/537.36"),
	chromium(10, "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/", " Mobile Safari/537.36"),
	chromium(4, "Mozilla/5.0 (Linux; Android 13; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/", " Mobile Safari/537.36"),
	chromium(3, "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/", " Mobile Safari/537.36"),
	{slots: 4, text: []string{"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/", ".0.", ".", " Safari/537.36 Edg/", ".0.", ".", ""},
		versions: []versionRange{chromiumMajor, chromiumBuild, chromiumPatch}, repeat: []int{-1, -1, -1, 0, 1, 2}},
	{slots: 2, text: []string{"Mozilla/5.0 (Linux; Android 13; SAMSUNG SM-S911B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/", ".0 Chrome/", ".0.", ".", " Mobile Safari/537.36"},
		versions: []versionRange{{20, 8}, {109, 16}, {5414, 900}, {30, 170}}, repeat: []int{-1, -1, -1, -1}},
	{slots: 3, text: []string{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:", ".", ") Gecko/20100101 Firefox/", ".", ""},
		versions: []versionRange{{78, 65}, {0, 21000}}, repeat: []int{-1, -1, 0, 1}},
	{slots: 6, text: []string{"Mozilla/5.0 (iPhone; CPU iPhone OS ", "_", "_", " like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/", ".", " Mobile/15E", " Safari/604.1"},
		versions: []versionRange{{14, 5}, {0, 8}, {1, 8}, {100, 9900}}, repeat: []int{-1, -1, -1, 0, 1, -1}},
	{slots: 3, text: []string{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.", ".", " (KHTML, like Gecko) Version/", ".", " Safari/605.1.15"},
		versions: []versionRange{{1, 30}, {1, 1800}, {13, 6}, {0, 8}}, repeat: []int{-1, -1, -1, -1}},
}

func chromium(slots int, before, after string) browser {
	return browser{slots: slots, text: []string{before, ".0.", ".", after},
		versions: []versionRange{chromiumMajor, chromiumBuild, chromiumPatch}, repeat: []int{-1, -1, -1}}
}

// browserSlots is the sum of the shares; browserOf is the browser of each slot and slotOf the slot's number within it.
var browserSlots, browserOf, slotOf = layOutBrowsers()

func layOutBrowsers() (total uint64, of []int, within []uint64) {
	for i, b := range browsers {
		for slot := range b.slots {
			of, within = append(of, i), append(within, uint64(slot))
		}
	}
	return uint64(len(of)), of, within
}

// BrowserCapacity is the number of users that `user_agent: mixed` gives a User-Agent of their own.
func BrowserCapacity() uint64 {
	least := uint64(math.MaxUint64)
	for _, b := range browsers {
		combinations := uint64(1)
		for _, v := range b.versions {
			combinations *= v.count
		}
		least = min(least, combinations/uint64(b.slots))
	}
	return least * browserSlots
}

// appendBrowser appends the user's User-Agent. Numbers below BrowserCapacity give distinct ones.
func appendBrowser(dst []byte, user uint64) []byte {
	slot := user % browserSlots
	b := &browsers[browserOf[slot]]
	// The slots of one browser take every slots-th combination of version numbers each.
	combination := user/browserSlots*uint64(b.slots) + slotOf[slot]
	var drawn [8]uint64
	next := 0
	for i, repeat := range b.repeat {
		var number uint64
		if repeat >= 0 {
			number = drawn[repeat]
		} else {
			v := b.versions[next]
			number = v.first + combination%v.count
			combination /= v.count
			drawn[next] = number
			next++
		}
		dst = append(dst, b.text[i]...)
		dst = strconv.AppendUint(dst, number, 10)
	}
	return append(dst, b.text[len(b.text)-1]...)
}
