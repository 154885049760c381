// Package server is the workspace over HTTP: routes, sessions, forms, pages,
// the API and what becomes of errors. It alone knows the domain, the store and
// the pages together.
//
// # The life of a request
//
//  1. The standard library's cross-origin protection refuses what another
//     site sends. A GET never changes anything but the audit log.
//  2. Security headers are set, the body is bounded, the request gets an id.
//  3. The session cookie, an opaque number, is looked up in the store; its
//     user becomes the actor, with their roles.
//  4. The route table in routes.go names one act for every route. An actor
//     to whom server/auth does not grant it is refused, and the refusal is in
//     the audit log. A route without an act is public and says so.
//  5. The handler parses the form into domain values, calls one verb of the
//     store and renders a page to bytes, or answers JSON. Handlers return
//     errors and do not log.
//  6. One table in errors.go turns an error into a status and a sentence.
//     What it does not know is a 500: the reader gets a reference, the log
//     gets the error.
//
// Uploads go straight to the data folder, never to the system's folder for
// temporary files. They are checked and stored beside the request, one at a
// time, and are removed when that is done, refused or forgotten.
//
// Logs hold route patterns and numbers: no addresses of cases, no form
// values, no text of a case file.
package server
