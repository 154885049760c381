package server

import (
	"errors"
	"net/http"

	"github.com/dossierlens/dossierlens/annotations"
	"github.com/dossierlens/dossierlens/codebook"
	"github.com/dossierlens/dossierlens/server/store"
	"github.com/dossierlens/dossierlens/web"
)

var (
	errSignIn  = errors.New("sign in first")
	errTooMuch = errors.New("the request is too large")
	errTooFast = errors.New("too many attempts")
	errForm    = errors.New("the request cannot be read")
	errFactor  = errors.New("set up a second factor first")
	errConfirm = errors.New("prove who you are first")
	errStale   = errors.New("this took too long or went wrong too often")
)

// kinds is the table of errors: what a person gets to see of each. An error
// that is not in it is the program's fault, and its words stay in the log.
var kinds = []struct {
	err    error
	status int
	key    string
}{
	{errSignIn, http.StatusUnauthorized, "error.sign_in"},
	{annotations.ErrNotFound, http.StatusNotFound, "error.not_found"},
	{annotations.ErrDenied, http.StatusForbidden, "error.denied"},
	{annotations.ErrLocked, http.StatusLocked, "error.locked"},
	{annotations.ErrMisplaced, http.StatusUnprocessableEntity, "error.misplaced"},
	{errTooMuch, http.StatusRequestEntityTooLarge, "error.too_much"},
	{errTooFast, http.StatusTooManyRequests, "error.too_fast"},
	{store.ErrUnflushed, http.StatusServiceUnavailable, "error.unflushed"},
	{store.ErrFull, http.StatusInsufficientStorage, "error.full"},
	{errForm, http.StatusBadRequest, "error.form"},
	{errFactor, http.StatusForbidden, "error.factor"},
	{errConfirm, http.StatusForbidden, "error.confirm"},
	{store.ErrUnderWay, http.StatusConflict, "api.under_way"},
	{store.ErrOtherRequest, http.StatusUnprocessableEntity, "api.other_request"},
	{errStale, http.StatusForbidden, "error.stale"},
}

// classify returns the status and the sentence of an error.
func classify(err error) (int, web.Message) {
	var invalid *annotations.InvalidError
	if errors.As(err, &invalid) {
		pairs := []any{}
		for k, v := range invalid.Args {
			pairs = append(pairs, k, v)
		}
		return http.StatusUnprocessableEntity, web.Say(invalid.Key, pairs...)
	}
	var answer *codebook.AnswerError
	if errors.As(err, &answer) {
		return http.StatusUnprocessableEntity, refusal(answer)
	}
	var conflict *annotations.ConflictError
	if errors.As(err, &conflict) {
		return http.StatusConflict, web.Say("error.conflict")
	}
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return http.StatusRequestEntityTooLarge, web.Say("error.too_much")
	}
	for _, k := range kinds {
		if errors.Is(err, k.err) {
			return k.status, web.Say(k.key)
		}
	}
	return http.StatusInternalServerError, web.Say("error.internal")
}

// A problemDetail is an error as programs read it (RFC 9457).
type problemDetail struct {
	Type   string         `json:"type"`
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail,omitempty"`
	Errors []problemField `json:"errors,omitempty"`
}

// A problemField is one thing that is wrong in what a program sent.
type problemField struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

type errorPage struct {
	web.Frame
	Message, Advice web.Message
	Request         string
}
