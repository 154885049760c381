// Command dossierlens codes anonymized case files against a codebook, checks
// the agreement between coders, and hands protected indicator tables to the
// monitor. One binary serves the workspace and answers the stand-alone verbs.
//
// This package holds verbs, flags and wiring, and nothing else: each verb is
// a file of its own name. Only here is the environment read.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

// verbs is the command line: a field a verb, in the order that help prints.
type verbs struct {
	Version kong.VersionFlag `help:"Print the version and exit."`

	Demo       demoVerb       `cmd:"" help:"Serve a throw-away workspace with a synthetic study."`
	Serve      serveVerb      `cmd:"" help:"Serve the workspace in a data folder."`
	User       userVerb       `cmd:"" help:"Manage accounts without a browser."`
	Study      studyVerb      `cmd:"" help:"Create and list studies."`
	Codebook   codebookVerb   `cmd:"" help:"Check, show and compare codebook files."`
	Screen     screenVerb     `cmd:"" help:"Find what may identify a person in files."`
	Import     importVerb     `cmd:"" help:"Import cases, codings or a sampling frame into a study."`
	Agreement  agreementVerb  `cmd:"" help:"Compute agreement coefficients of a ratings file."`
	Indicators indicatorsVerb `cmd:"" help:"Derive indicators from a codings file."`
	Estimate   estimateVerb   `cmd:"" help:"Answer survey estimation requests of a JSON file."`
	Protect    protectVerb    `cmd:"" help:"Protect a table, or check a pattern of suppression."`
	Export     exportVerb     `cmd:"" help:"Export data of a study."`
	Release    releaseVerb    `cmd:"" help:"Create, list, show, verify and export releases."`
	Retention  retentionVerb  `cmd:"" help:"Delete the texts of case files on a date or after a release."`
	Backup     backupVerb     `cmd:"" help:"Make a consistent copy of a data folder."`
	Restore    restoreVerb    `cmd:"" help:"Restore a data folder from a backup."`
	Key        keyVerb        `cmd:"" help:"Make a key to encrypt a workspace with."`
	Encrypt    encryptVerb    `cmd:"" help:"Encrypt a workspace."`
	Rekey      rekeyVerb      `cmd:"" help:"Encrypt a workspace with another key."`
	Decrypt    decryptVerb    `cmd:"" help:"Take the encryption of a workspace away."`
	Doctor     doctorVerb     `cmd:"" help:"Check a data folder: integrity, audit chain, offsets, schema."`
	Bench      benchVerb      `cmd:"" help:"Run the benchmark on generated data."`
}

// version is set by the linker in released builds.
var version = "development"

// A process is what a verb may use of the world outside: nothing below cmd
// reads the environment or writes to a terminal on its own.
type process struct {
	ctx    context.Context
	getenv func(string) string
	now    func() time.Time // nil for the clock of the machine
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

// clock is the one clock of the workspace.
func (p process) clock() func() time.Time {
	if p.now == nil {
		return time.Now
	}
	return p.now
}

// errReported is returned by a verb that has already told its problems on
// stderr; the program then only exits with status 1.
var errReported = errors.New("problems were reported")

// exitCode ends a parse that kong would end by os.Exit.
type exitCode int

// run parses args and runs the verb. It returns the exit status: 0 done, 1 a
// problem was found or the work failed, 2 wrong usage.
func run(p process, args []string) (status int) {
	defer func() {
		if r := recover(); r != nil {
			code, ok := r.(exitCode)
			if !ok {
				panic(r)
			}
			status = int(code)
		}
	}()
	var v verbs
	parser, err := kong.New(&v,
		kong.Name("dossierlens"),
		kong.Description("Code case files, check agreement, release indicators."),
		kong.UsageOnError(),
		kong.Writers(p.stdout, p.stderr),
		kong.Exit(func(code int) { panic(exitCode(code)) }),
		kong.Vars{"version": version},
		kong.Bind(p),
	)
	if err != nil {
		fmt.Fprintln(p.stderr, "dossierlens:", err)
		return 1
	}
	verb, err := parser.Parse(args)
	if err != nil {
		fmt.Fprintf(p.stderr, "dossierlens: %v\nRun \"dossierlens --help\" for the verbs and \"dossierlens <verb> --help\" for their flags.\n", err)
		return 2
	}
	if err := verb.Run(p); err != nil {
		if !errors.Is(err, errReported) {
			fmt.Fprintln(p.stderr, "dossierlens:", err)
		}
		return 1
	}
	return 0
}

func main() { os.Exit(begin(nil)) }

// begin runs the verb of the command line and returns the exit status.
func begin(now func() time.Time) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return run(process{ctx: ctx, getenv: os.Getenv, now: now, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}, os.Args[1:])
}
