//go:build race

package filter

// raceDetector says that pools forget at random what is put into them, so that regular expressions allocate.
const raceDetector = true
