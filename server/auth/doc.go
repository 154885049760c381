// Package auth says who may do what: roles, acts and the one table that joins
// them, password hashing and the throttling of login attempts.
//
// The package knows neither HTTP nor the database. A request first gets an
// [Actor] from its session; every route then asks [Actor.May] with one [Act].
// What the table does not grant is refused. What may be done to an object in a
// state, by whose it is, stands beside it as [Rule]: routes name the [Step], and
// the store, which knows the object, asks [Step.At] in the transaction of the
// step.
//
// Passwords are hashed with argon2id (RFC 9106) and kept in the PHC string
// format, so that parameters can be raised later and a hash renewed at login. A
// [Key] is what an encrypted workspace is opened with; [Certificates] are those
// by which the server proves itself to browsers.
package auth
