package server

import "github.com/dossierlens/dossierlens/server/auth"

// A route is an address, the act that it takes, and what answers it. A route
// without an act is for every account; one that is public, for everybody. Only
// where tokens are taken may a program come with one in place of an account.
// A route that is fresh takes a proof, given a short while ago, of who it is;
// one that is anyway is open to who must still set up a second factor. Its steps,
// any of which lets pass, are what is done to the object of the address where its
// state matters: the table in package auth says in which, and the store asks it.
type route struct {
	method, path string
	act          auth.Act
	public       bool
	tokens       bool
	fresh        bool
	anyway       bool
	unkept       bool // its reply is not kept under an idempotency key: it holds what is kept nowhere
	steps        []auth.Step
	handler      func(*call) error
}

// routes is the whole map of the server. A handler further checks what the
// table of acts cannot know, such as whose assignment it is.
func routes() []route {
	const get, post, put, del = "GET", "POST", "PUT", "DELETE"
	open := func(method, path string, h func(*call) error) route {
		return route{method: method, path: path, public: true, handler: h}
	}
	all := func(method, path string, h func(*call) error) route {
		return route{method: method, path: path, handler: h}
	}
	to := func(method, path string, act auth.Act, h func(*call) error) route {
		return route{method: method, path: path, act: act, handler: h}
	}
	fresh := func(r route) route { r.fresh = true; return r }
	unkept := func(r route) route { r.unkept = true; return r }
	anyway := func(r route) route { r.anyway = true; return r }
	at := func(r route, steps ...auth.Step) route { r.steps = steps; return r }
	program := func(method, path string, act auth.Act, h func(*call) error) route {
		return route{method: method, path: path, act: act, tokens: true, handler: h}
	}
	return []route{
		open(get, "/healthz", (*call).health),
		open(get, "/readyz", (*call).ready),
		open(get, "/metrics", (*call).metricsPage),
		open(get, "/api/v1/openapi.json", (*call).openapi),
		open(get, "/login", (*call).loginForm),
		open(post, "/login", (*call).login),
		open(get, "/login/second", (*call).secondForm),
		open(post, "/login/second", (*call).second),
		open(post, "/login/passkey/begin", (*call).beginPasskeyLogin),
		open(post, "/login/passkey", (*call).passkeyLogin),
		open(post, "/login/sso", (*call).beginSSO),
		open(get, "/login/sso/callback", (*call).endSSO),
		open(get, "/link/:token", (*call).linkForm),
		open(post, "/link/:token", (*call).useLink),
		open(post, "/link/:token/sso", (*call).beginLinkSSO),
		open(post, "/preferences", (*call).setPreferences),
		open(get, "/help", (*call).help),

		anyway(all(post, "/logout", (*call).logout)),
		all(get, "/", (*call).home),
		anyway(all(get, "/confirm", (*call).confirmForm)),
		anyway(all(post, "/confirm", (*call).confirm)),
		anyway(all(post, "/confirm/passkey", (*call).beginPasskeyConfirm)),
		anyway(all(post, "/confirm/sso", (*call).beginConfirmSSO)),
		anyway(all(get, "/account", (*call).account)),
		anyway(all(post, "/account/password", (*call).changePassword)),
		anyway(fresh(all(get, "/account/app", (*call).appForm))),
		anyway(fresh(all(get, "/account/app.png", (*call).appPicture))),
		anyway(fresh(all(post, "/account/app", (*call).confirmApp))),
		fresh(all(post, "/account/app/remove", (*call).removeApp)),
		fresh(all(post, "/account/codes", (*call).renewCodes)),
		anyway(fresh(all(get, "/account/passkeys", (*call).passkeyForm))),
		anyway(fresh(all(post, "/account/passkeys/begin", (*call).beginPasskey))),
		anyway(fresh(all(post, "/account/passkeys", (*call).addPasskey))),
		fresh(all(post, "/account/passkeys/:passkey/remove", (*call).removePasskey)),
		fresh(all(post, "/account/sso/remove", (*call).unlink)),
		all(post, "/account/sessions/:session/end", (*call).endSession),
		all(post, "/account/sessions/end", (*call).endSessions),
		to(get, "/users", auth.ManageUsers, (*call).users),
		fresh(to(post, "/users", auth.ManageUsers, (*call).addUser)),
		to(get, "/users/policy", auth.ManageUsers, (*call).policy),
		fresh(to(post, "/users/policy", auth.ManageUsers, (*call).setPolicy)),
		to(get, "/users/review", auth.ManageUsers, (*call).rights),
		fresh(to(post, "/users/review", auth.ManageUsers, (*call).reviewRight)),
		to(get, "/users/:user", auth.ManageUsers, (*call).userPage),
		fresh(to(post, "/users/:user/link", auth.ManageUsers, (*call).newLink)),
		fresh(to(post, "/users/:user/access", auth.ManageUsers, (*call).setAccess)),
		fresh(to(post, "/users/:user/until", auth.ManageUsers, (*call).setUntil)),
		fresh(to(post, "/users/:user/administrator", auth.ManageUsers, (*call).setAdministrator)),
		fresh(to(post, "/users/:user/factors", auth.ManageUsers, (*call).clearFactors)),
		to(post, "/users/:user/sessions", auth.ManageUsers, (*call).endUserSessions),
		to(post, "/studies", auth.CreateStudy, (*call).createStudy),

		all(get, "/s/:study", (*call).studyHome),
		to(get, "/s/:study/codebook", auth.SeeStudy, (*call).codebookPage),
		to(get, "/s/:study/people", auth.ManagePeople, (*call).people),
		fresh(to(post, "/s/:study/people", auth.ManagePeople, (*call).addMember)),
		fresh(to(post, "/s/:study/people/remove", auth.ManagePeople, (*call).removeMember)),

		to(get, "/s/:study/progress", auth.SeeProgress, (*call).progress),
		to(get, "/s/:study/sample", auth.Sample, (*call).sample),
		to(post, "/s/:study/sample/frame", auth.ImportCases, (*call).setFrame),
		to(post, "/s/:study/sample/draw", auth.Sample, (*call).draw),
		at(to(post, "/s/:study/sample/drop", auth.Sample, (*call).drop), auth.DropCase),
		at(to(post, "/s/:study/sample/restore", auth.Sample, (*call).restore), auth.RestoreCase),
		fresh(to(get, "/s/:study/sample/cases.csv", auth.Sample, (*call).sampleList)),
		to(get, "/s/:study/cases", auth.ListCases, (*call).cases),
		to(get, "/s/:study/cases/:case", auth.ListCases, (*call).casePage),
		to(get, "/s/:study/cases/:case/documents/:document", auth.ReadCase, (*call).readDocument),
		at(to(post, "/s/:study/cases/:case/assign", auth.Assign, (*call).assignCase), auth.Give),
		to(get, "/s/:study/import", auth.ImportCases, (*call).importForm),
		to(post, "/s/:study/import", auth.ImportCases, (*call).upload),
		to(get, "/s/:study/import/:job", auth.ImportCases, (*call).importPage),
		to(post, "/s/:study/import/:job", auth.ImportCases, (*call).confirmImport),
		to(get, "/s/:study/screening", auth.Screen, (*call).held),
		to(get, "/s/:study/screening/:document", auth.Screen, (*call).heldDocument),
		to(post, "/s/:study/screening/:document", auth.Screen, (*call).decideFindings),
		to(get, "/s/:study/lists/:list", auth.ImportCases, (*call).listForm),
		to(post, "/s/:study/lists/:list", auth.ImportCases, (*call).setList),

		to(get, "/s/:study/assign", auth.Assign, (*call).assignForm),
		to(post, "/s/:study/assign", auth.Assign, (*call).assign),
		to(post, "/s/:study/recall", auth.Assign, (*call).recall),
		to(get, "/s/:study/rounds", auth.Assign, (*call).rounds),
		to(post, "/s/:study/rounds", auth.Assign, (*call).createRound),
		to(post, "/s/:study/rounds/limits", auth.Assign, (*call).setRoundLimits),
		to(post, "/s/:study/rounds/recall", auth.Assign, (*call).recallOverdue),
		to(post, "/s/:study/rounds/repeats", auth.Assign, (*call).planRepeats),
		to(get, "/s/:study/training", auth.Guide, (*call).training),
		to(post, "/s/:study/training", auth.Guide, (*call).setTrainingGate),
		to(get, "/s/:study/training/:user", auth.Guide, (*call).coderTraining),
		to(post, "/s/:study/training/:user", auth.Guide, (*call).clearCoder),
		at(to(post, "/s/:study/cases/:case/gold", auth.Adjudicate, (*call).makeGold), auth.MakeGold),
		at(to(post, "/s/:study/assignments/:assignment/reassign", auth.Assign, (*call).reassign), auth.Reassign),
		at(to(post, "/s/:study/assignments/:assignment/withdraw", auth.Assign, (*call).withdraw), auth.TakeBack),
		at(to(post, "/s/:study/assignments/:assignment/return", auth.Guide, (*call).sendBack), auth.SendBack),
		at(to(post, "/s/:study/assignments/:assignment/approve", auth.Guide, (*call).approve), auth.ApproveCoding),
		to(post, "/s/:study/rounds/review", auth.Guide, (*call).setReviewing),
		at(to(get, "/s/:study/assignments/:assignment", auth.Guide, (*call).review), auth.LookOver),
		to(get, "/s/:study/questions", auth.Guide, (*call).questions),
		to(post, "/s/:study/questions/:comment", auth.Guide, (*call).answerQuestion),

		to(get, "/s/:study/work", auth.CodeCase, (*call).work),
		at(all(get, "/code/:assignment", (*call).codingPage), auth.ReadCoding),
		at(all(get, "/code/:assignment/feedback", (*call).feedback), auth.SeeFeedback),

		to(get, "/s/:study/agreement", auth.SeeAgreement, (*call).agreement),
		to(get, "/s/:study/agreement/:variable", auth.SeeAgreement, (*call).agreementVariable),
		to(get, "/s/:study/coders", auth.SeeAgreement, (*call).coderCharts),
		to(get, "/s/:study/coders/:variable", auth.SeeAgreement, (*call).coderVariable),
		to(get, "/s/:study/reliability", auth.SeeAgreement, (*call).reliability),
		to(get, "/s/:study/reliability/plan", auth.SeeAgreement, (*call).reliabilityPlan),
		to(get, "/s/:study/reliability/:format", auth.SeeAgreement, (*call).reliabilityFile),
		to(get, "/s/:study/mirror", auth.SeeAgreement, (*call).mirror),
		to(get, "/s/:study/mirror/csv", auth.SeeAgreement, (*call).mirrorCSV),
		to(get, "/s/:study/mirror/xlsx", auth.SeeAgreement, (*call).mirrorWorkbook),
		to(get, "/s/:study/differences", auth.Adjudicate, (*call).differences),
		to(post, "/s/:study/differences/panel", auth.Adjudicate, (*call).setPanel),
		to(get, "/s/:study/proposals", auth.Adjudicate, (*call).proposals),
		to(post, "/s/:study/proposals/:proposal", auth.Adjudicate, (*call).setProposal),
		at(fresh(to(post, "/s/:study/compare/:case", auth.Adjudicate, (*call).openComparison)), auth.OpenComparison),
		at(to(get, "/s/:study/compare/:case", auth.Adjudicate, (*call).comparison), auth.ReadComparison),
		at(to(post, "/s/:study/compare/:case/:variable", auth.Adjudicate, (*call).decide), auth.Decide),

		to(get, "/s/:study/indicators", auth.SeeIndicators, (*call).indicators),
		to(get, "/s/:study/indicators/:indicator", auth.SeeIndicators, (*call).indicator),
		to(post, "/s/:study/indicators/:indicator/text", auth.Describe, (*call).setIndicatorText),
		to(get, "/s/:study/indicators/:indicator/charts/:chart", auth.SeeIndicators, (*call).indicatorChart),
		to(get, "/s/:study/indicators/:indicator/cases", auth.ReadCase, (*call).figureCases),
		to(get, "/s/:study/indicators/:indicator/cases/:case", auth.ReadCase, (*call).figureCase),
		to(get, "/s/:study/sheets/:region", auth.SeeIndicators, (*call).sheet),
		to(get, "/s/:study/design", auth.SetDesign, (*call).design),
		to(post, "/s/:study/design", auth.SetDesign, (*call).setDesign),
		to(post, "/s/:study/design/breakdowns", auth.SetDesign, (*call).setBreakdowns),
		to(get, "/s/:study/exports", auth.SeeStudy, (*call).exports),
		fresh(to(get, "/s/:study/exports/indicators/:format", auth.ExportFigures, (*call).exportIndicators)),
		fresh(to(get, "/s/:study/exports/codings/:format", auth.ExportCodings, (*call).exportCodings)),
		to(get, "/s/:study/releases", auth.ReadReleases, (*call).releases),
		to(get, "/s/:study/releases/new", auth.CreateRelease, (*call).releaseForm),
		fresh(to(post, "/s/:study/releases", auth.CreateRelease, (*call).createRelease)),
		fresh(to(post, "/s/:study/releases/gate", auth.SetGate, (*call).setGate)),
		fresh(to(post, "/s/:study/releases/tokens", auth.ApproveRelease, (*call).newToken)),
		at(to(post, "/s/:study/releases/tokens/:number", auth.ApproveRelease, (*call).revokeToken), auth.RevokeToken),
		at(to(get, "/s/:study/releases/:release", auth.ReadReleases, (*call).release), auth.SeeRelease, auth.SeeDraft),
		at(fresh(to(post, "/s/:study/releases/:release/approve", auth.ApproveRelease, (*call).approveRelease)), auth.Approve),
		at(to(post, "/s/:study/releases/:release/verify", auth.ReadReleases, (*call).verifyRelease), auth.SeeRelease, auth.SeeDraft),
		at(to(get, "/s/:study/releases/:release/compare", auth.ReadReleases, (*call).compareReleases), auth.TakeFiles, auth.SeeDraft),
		at(fresh(to(get, "/s/:study/releases/:release/files/:file", auth.ReadReleases, (*call).releaseFile)), auth.TakeFiles),
		to(get, "/s/:study/audit", auth.ReadAudit, (*call).auditLog),

		to(get, "/s/:study/retention", auth.SeeRetention, (*call).retention),
		to(get, "/s/:study/dpia", auth.SeeRetention, (*call).dpia),
		to(post, "/s/:study/retention/plans", auth.Retain, (*call).planDeletion),
		at(to(post, "/s/:study/retention/plans/:plan/withdraw", auth.Retain, (*call).withdrawPlan), auth.WithdrawPlan),
		to(post, "/s/:study/retention/run", auth.Retain, (*call).runDeletions),
		to(post, "/s/:study/retention/holds", auth.HoldTexts, (*call).setHold),
		at(to(post, "/s/:study/retention/holds/:hold/lift", auth.HoldTexts, (*call).liftHold), auth.LiftHold),
		to(post, "/s/:study/retention/erasures", auth.AskErasure, (*call).askErasure),
		at(to(post, "/s/:study/retention/erasures/:erasure/confirm", auth.ConfirmErasure, (*call).confirmErasure), auth.ConfirmErasing),
		at(to(post, "/s/:study/retention/erasures/:erasure/withdraw", auth.SeeRetention, (*call).withdrawErasure), auth.DropErasing),
		to(get, "/s/:study/retention/certificates/:deletion", auth.SeeRetention, (*call).certificate),
		to(get, "/s/:study/retention/certificates/:deletion/:format", auth.SeeRetention, (*call).certificateFile),

		program(get, "/api/v1/releases/latest", auth.ReadReleases, (*call).apiLatestRelease),
		fresh(program(get, "/api/v1/studies/:study/codings", auth.ExportCodings, (*call).apiCodings)),
		fresh(program(get, "/api/v1/studies/:study/codings.csv", auth.ExportCodings, (*call).apiCodingsFile)),
		program(get, "/api/v1/studies/:study/releases", auth.ReadReleases, (*call).apiReleases),
		at(program(get, "/api/v1/studies/:study/releases/:release", auth.ReadReleases, (*call).apiRelease), auth.TakeFiles),
		at(program(get, "/api/v1/studies/:study/releases/:release/files/:file", auth.ReadReleases, (*call).releaseFile), auth.TakeFiles),

		all(post, "/api/v1/deleted", (*call).apiDeleted),
		unkept(all(post, "/api/v1/screen", (*call).apiScreen)),
		at(all(get, "/api/v1/assignments/:assignment", (*call).apiAssignment), auth.ReadCoding),
		at(all(get, "/api/v1/assignments/:assignment/texts", (*call).apiTexts), auth.ReadCoding),
		at(all(put, "/api/v1/assignments/:assignment/place", (*call).apiSetPlace), auth.ReadCoding),
		at(all(put, "/api/v1/assignments/:assignment/answers/:variable", (*call).apiSaveAnswer), auth.ChangeCoding),
		at(all(get, "/api/v1/assignments/:assignment/answers/:variable/history", (*call).apiHistory), auth.ReadCoding),
		at(all(post, "/api/v1/assignments/:assignment/passages", (*call).apiAddPassage), auth.ChangeCoding),
		at(all(del, "/api/v1/assignments/:assignment/passages/:passage", (*call).apiRemovePassage), auth.ChangeCoding),
		at(all(post, "/api/v1/assignments/:assignment/passages/:passage/restore", (*call).apiRestorePassage), auth.ChangeCoding),
		at(all(get, "/api/v1/assignments/:assignment/precedents/:variable", (*call).apiPrecedents), auth.ReadCoding),
		at(all(post, "/api/v1/assignments/:assignment/comments", (*call).apiAddComment), auth.ReadCoding),
		at(all(post, "/api/v1/assignments/:assignment/comments/:comment/replies", (*call).apiReply), auth.ReadCoding),
		at(all(put, "/api/v1/assignments/:assignment/comments/:comment", (*call).apiSetComment), auth.ReadCoding),
		at(all(put, "/api/v1/assignments/:assignment/flags/:variable", (*call).apiSetFlag), auth.ReadCoding),
		at(all(post, "/api/v1/assignments/:assignment/time", (*call).apiWorkTime), auth.ReadCoding),
		at(all(post, "/api/v1/assignments/:assignment/submit", (*call).apiSubmit), auth.ChangeCoding),
	}
}
