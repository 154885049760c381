package server

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// An operation is what the API description says of a route.
type operation struct {
	summary string
	body    map[string]any // schema of the request, nil for none
	status  int            // of success
	reply   map[string]any // schema of the reply, nil for none
}

// paged are the routes that answer a page of a list.
var paged = map[string]bool{"GET /api/v1/studies/:study/codings": true, "GET /api/v1/studies/:study/releases": true}

// Short names of the schemas that operations use.
func ref(name string) map[string]any { return map[string]any{"$ref": "#/components/schemas/" + name} }

func object(properties map[string]any) map[string]any {
	return map[string]any{"type": "object", "properties": properties}
}

func list(of map[string]any) map[string]any { return map[string]any{"type": "array", "items": of} }

func typed(t string) map[string]any { return map[string]any{"type": t} }

// required says that an object has all its properties and no others.
func required(o map[string]any) map[string]any {
	o["required"], o["additionalProperties"] = slices.Sorted(maps.Keys(o["properties"].(map[string]any))), false
	return o
}

// page is a page of a list, with the address of the next one.
func page(name string, of map[string]any) map[string]any {
	return required(object(map[string]any{name: list(of), "next": typed("string")}))
}

func nullable(t string) map[string]any { return map[string]any{"type": []string{t, "null"}} }

// schemas are the shapes of the API.
func schemas() map[string]any {
	return map[string]any{
		"Answer": object(map[string]any{
			"value": nullable("string"), "missing": nullable("string"), "note": typed("string"),
			"version": typed("integer"), "at": typed("string"),
		}),
		"AnswerToSave": object(map[string]any{
			"value": nullable("string"), "missing": nullable("string"), "note": typed("string"), "version": typed("integer"),
			"searched": list(typed("string")),
		}),
		"Saved":    object(map[string]any{"version": typed("integer"), "at": typed("string"), "state": typed("object")}),
		"Conflict": object(map[string]any{"current": ref("Answer"), "yours": ref("Answer")}),
		"Passage": object(map[string]any{
			"id": typed("integer"), "variable": typed("string"), "category": typed("string"), "document": typed("integer"),
			"start": typed("integer"), "end": typed("integer"), "quote": typed("string"), "document_type": typed("string"),
			"page": nullable("integer"), "day": nullable("integer"), "paraphrase": typed("string"), "deleted": typed("string"),
		}),
		"Place": object(map[string]any{"variable": typed("string"), "document": typed("integer"), "start": typed("integer")}),
		"Codings": page("codings", required(object(map[string]any{
			"case_id": typed("string"), "coder": typed("string"), "variable": typed("string"), "value": nullable("string"),
			"missing": nullable("string"), "note": typed("string"), "submitted_at": typed("string"),
		}))),
		"Releases": page("releases", typed("object")),
		"Problem": object(map[string]any{
			"type": typed("string"), "title": typed("string"), "status": typed("integer"), "detail": typed("string"),
			"errors": list(object(map[string]any{"field": typed("string"), "detail": typed("string")})),
		}),
	}
}

// operations describes every route below /api/v1, by method and path.
var operations = map[string]operation{
	"GET /api/v1/openapi.json":                                       {"This description.", nil, 200, typed("object")},
	"GET /api/v1/releases/latest":                                    {"The latest release of a study that may be seen; answers an ETag.", nil, 200, typed("object")},
	"GET /api/v1/studies/:study/codings":                             {"Codings that were handed in, a page of cases at a time; next is the address of the next page, empty on the last.", nil, 200, ref("Codings")},
	"GET /api/v1/studies/:study/codings.csv":                         {"All codings that were handed in, as a CSV file.", nil, 200, nil},
	"GET /api/v1/studies/:study/releases":                            {"The releases of a study that are out, the last approved first, a page at a time.", nil, 200, ref("Releases")},
	"GET /api/v1/studies/:study/releases/:release":                   {"One release with its files and hashes.", nil, 200, typed("object")},
	"GET /api/v1/studies/:study/releases/:release/files/:file":       {"A file of a release.", nil, 200, nil},
	"POST /api/v1/screen":                                            {"What may identify a person in a text; nothing of it is kept. Offsets are code points.", object(map[string]any{"text": typed("string")}), 200, object(map[string]any{"findings": list(typed("object")), "message": typed("string")})},
	"POST /api/v1/deleted":                                           {"Of which of one's own assignments the texts were deleted: their documents, and the assignments of erased cases.", object(map[string]any{"assignments": list(typed("integer"))}), 200, object(map[string]any{"documents": list(typed("integer")), "erased": list(typed("integer"))})},
	"GET /api/v1/assignments/:assignment":                            {"The coding of an assignment of one's own, as it stands.", nil, 200, typed("object")},
	"GET /api/v1/assignments/:assignment/texts":                      {"The texts of the case, a line of JSON a document: its paragraphs, each with where it starts in code points.", nil, 200, nil},
	"PUT /api/v1/assignments/:assignment/place":                      {"Keep where one is in the case.", ref("Place"), 204, nil},
	"PUT /api/v1/assignments/:assignment/answers/:variable":          {"Save one answer; 409 answers both when another version has been stored.", ref("AnswerToSave"), 200, ref("Saved")},
	"GET /api/v1/assignments/:assignment/answers/:variable/history":  {"All versions of an answer, oldest first.", nil, 200, list(ref("Answer"))},
	"POST /api/v1/assignments/:assignment/passages":                  {"Attach a passage to an answer; offsets are code points.", ref("Passage"), 201, ref("Passage")},
	"DELETE /api/v1/assignments/:assignment/passages/:passage":       {"Take a passage away.", nil, 204, nil},
	"POST /api/v1/assignments/:assignment/passages/:passage/restore": {"Bring a passage back.", nil, 200, ref("Passage")},
	"GET /api/v1/assignments/:assignment/precedents/:variable":       {"What was decided about a variable in settled cases.", nil, 200, typed("object")},
	"POST /api/v1/assignments/:assignment/comments":                  {"Ask the lead, or write a note to oneself.", typed("object"), 201, typed("object")},
	"POST /api/v1/assignments/:assignment/comments/:comment/replies": {"Reply to a comment.", typed("object"), 200, typed("object")},
	"PUT /api/v1/assignments/:assignment/comments/:comment":          {"Set the state of a comment.", typed("object"), 200, typed("object")},
	"PUT /api/v1/assignments/:assignment/flags/:variable":            {"Flag a question, or take the flag away.", typed("object"), 200, typed("object")},
	"POST /api/v1/assignments/:assignment/time":                      {"Add active time to the assignment.", typed("object"), 204, nil},
	"POST /api/v1/assignments/:assignment/submit":                    {"Hand the coding in; 422 lists what is still open.", typed("object"), 200, typed("object")},
}

var parameter = regexp.MustCompile(`:([a-z]+)`)

// openapi answers the description of the API (OpenAPI 3.1), made from the
// table of routes.
func (c *call) openapi() error { return c.json(http.StatusOK, c.describe()) }

func (s *Server) describe() map[string]any {
	paths := map[string]any{}
	for _, r := range s.routes {
		if !strings.HasPrefix(r.path, "/api/") {
			continue
		}
		op := operations[r.method+" "+r.path]
		parameters := []any{}
		for _, m := range parameter.FindAllStringSubmatch(r.path, -1) {
			parameters = append(parameters, map[string]any{"name": m[1], "in": "path", "required": true, "schema": typed("string")})
		}
		if paged[r.method+" "+r.path] {
			parameters = append(parameters,
				map[string]any{"name": "cursor", "in": "query", "schema": typed("string"), "description": "Where the page begins; from next."},
				map[string]any{"name": "limit", "in": "query", "schema": map[string]any{"type": "integer", "minimum": 1, "maximum": pageMost, "default": pageDefault}})
		}
		if r.method == http.MethodPost && !r.unkept {
			parameters = append(parameters, map[string]any{"name": keyHeader, "in": "header", "schema": map[string]any{"type": "string", "maxLength": 255},
				"description": "The same key with the same request gives the same answer for a day, and the work is done once."})
		}
		success := map[string]any{"description": "Done."}
		if op.reply != nil {
			success["content"] = map[string]any{"application/json": map[string]any{"schema": op.reply}}
		}
		entry := map[string]any{
			"summary": op.summary, "parameters": parameters, "security": s.securityOf(r),
			"responses": map[string]any{
				status(op.status): success,
				"429": map[string]any{"description": "Too many requests with this token; Retry-After says in how many seconds to come back.",
					"headers": map[string]any{"Retry-After": map[string]any{"schema": typed("integer")}}},
				"default": map[string]any{"description": "What is wrong, where and what to do.",
					"content": map[string]any{"application/problem+json": map[string]any{"schema": ref("Problem")}}},
			},
		}
		if op.body != nil {
			entry["requestBody"] = map[string]any{"required": true, "content": map[string]any{"application/json": map[string]any{"schema": op.body}}}
		}
		path := parameter.ReplaceAllString(r.path, "{$1}")
		if paths[path] == nil {
			paths[path] = map[string]any{}
		}
		paths[path].(map[string]any)[strings.ToLower(r.method)] = entry
	}
	return map[string]any{
		"openapi": "3.1.0",
		"info":    map[string]any{"title": "Dossierlens", "version": "1", "description": "Codings of one's own, and releases of figures. Offsets are Unicode code points."},
		"paths":   paths,
		"components": map[string]any{"schemas": schemas(), "securitySchemes": map[string]any{
			"session": map[string]any{"type": "apiKey", "in": "cookie", "name": s.sessions.name()},
			"token":   map[string]any{"type": "http", "scheme": "bearer"},
		}},
		"security": []any{map[string]any{"session": []any{}}, map[string]any{"token": []any{}}},
	}
}

// securityOf says who may come: with a session, and where programs are taken
// with a token whose scope is the act of the route.
func (s *Server) securityOf(r route) []any {
	if r.public {
		return []any{}
	}
	list := []any{map[string]any{"session": []any{}}}
	if r.tokens {
		list = append(list, map[string]any{"token": []any{string(r.act)}})
	}
	return list
}

func status(code int) string {
	if code == 0 {
		code = http.StatusOK
	}
	return strconv.Itoa(code)
}
