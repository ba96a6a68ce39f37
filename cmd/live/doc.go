// Package live shows how far a command is: a block of lines on a terminal that is redrawn in place, and what an attack's
// block says. It measures nothing and starts no goroutine.
package live
