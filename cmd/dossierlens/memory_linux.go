package main

import (
	"bytes"
	"fmt"
	"os"
)

// peakMemory is the most memory the process had at once, in MB (VmHWM).
func peakMemory() (mb float64) {
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(b) {
		var kb float64
		if n, _ := fmt.Sscanf(string(line), "VmHWM: %f kB", &kb); n == 1 {
			return kb * 1024 / 1e6
		}
	}
	return 0
}
