package server

// figureCache keeps computed figures until what they rest on changes.
type figureCache struct{}
