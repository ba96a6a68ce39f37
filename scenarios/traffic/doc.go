// Package traffic is the arithmetic of a traffic plan.
package traffic
