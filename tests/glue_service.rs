//! The Glue service of the tests as a program, for scripts and other programs' tests.
//!
//! `glue-service [--seed N] [OPERATION:]FAULT=PERCENT …` prints the environment of its clients as `NAME=value` lines, an
//! empty line, and lives until its standard input ends: `glue-service lost-answer=10 RunStatement:throttle=5`.

use std::io::{Read, Write};
use std::process::ExitCode;

#[allow(dead_code, reason = "the tests need more of it")]
#[path = "service.rs"]
mod service;

use service::{FakeGlue, Fault, Faults};

/// Reads the arguments.
fn faults(arguments: impl Iterator<Item = String>) -> Option<Faults> {
    let mut faults = Faults::none();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        if argument == "--seed" {
            faults = faults.seed(arguments.next()?.parse().ok()?);
            continue;
        }
        let (fault, percent) = argument.split_once('=')?;
        let (operation, fault) = fault.split_once(':').unwrap_or(("*", fault));
        faults = faults.percent(operation, percent.parse().ok()?, Fault::from_name(fault)?);
    }
    Some(faults)
}

fn main() -> ExitCode {
    let Some(faults) = faults(std::env::args().skip(1)) else {
        let usage = "usage: glue-service [--seed N] [OPERATION:]FAULT=PERCENT …";
        let _ = writeln!(std::io::stderr(), "{usage}");
        return ExitCode::from(2);
    };
    let glue = FakeGlue::start(faults);
    let environment = format!(
        "AWS_ENDPOINT_URL={}\nAWS_ACCESS_KEY_ID=AKIALOCAL\nAWS_SECRET_ACCESS_KEY=local\nAWS_REGION=us-east-1\nAWS_DEFAULT_REGION=us-east-1\n\n",
        glue.url
    );
    let mut stdout = std::io::stdout();
    if stdout.write_all(environment.as_bytes()).and_then(|()| stdout.flush()).is_err() {
        return ExitCode::from(1);
    }
    // What comes on it does not matter, its end does.
    let _ = std::io::copy(&mut std::io::stdin().take(1 << 30), &mut std::io::sink());
    for (operation, calls) in glue.all_calls() {
        let _ = writeln!(std::io::stderr(), "{operation} {calls}");
    }
    ExitCode::SUCCESS
}
