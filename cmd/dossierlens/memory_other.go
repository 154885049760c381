//go:build !linux

package main

import "runtime"

// peakMemory is the memory the process got from the system, in MB.
func peakMemory() float64 {
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return float64(memory.Sys) / 1e6
}
