//! The Java that Spark is started with.

use std::path::{Path, PathBuf};

use super::around::Around;
use super::cancel::Cancel;
use super::error::SetupError;
use super::process::{Ended, run};

/// Most folders that are looked into.
const MOST: usize = 24;

/// A Java that was asked for its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Java {
    /// `JAVA_HOME`.
    pub(super) home: PathBuf,
    /// `17.0.9`
    pub(super) version: String,
    /// `17`
    pub(super) major: u32,
}

impl Java {
    /// Returns its program.
    pub(super) fn program(home: &Path) -> PathBuf {
        home.join("bin").join(if cfg!(windows) { "java.exe" } else { "java" })
    }
}

/// Returns a Java 17 of this machine, or else a Java 11: `JAVA_HOME`, the one in `PATH`, and those in the usual places, in
/// this order.
pub(super) async fn find(around: &Around, cancel: &mut Cancel) -> Result<Option<Java>, SetupError> {
    let mut programs: Vec<PathBuf> = around.java_home.iter().map(|home| Java::program(home)).collect();
    programs.extend(around.program(Path::new("java")));
    for folder in &around.java_folders {
        let homes = std::fs::read_dir(folder).into_iter().flatten().flatten().take(MOST).map(|entry| entry.path());
        let mut homes: Vec<PathBuf> = homes.collect();
        homes.sort();
        for home in homes {
            programs.extend([Java::program(&home), Java::program(&home.join("Contents").join("Home"))]);
        }
    }
    let mut seen = Vec::new();
    let mut eleven = None;
    for program in programs {
        let Ok(own) = program.canonicalize() else { continue };
        if seen.contains(&own) || seen.len() >= MOST {
            continue;
        }
        seen.push(own);
        match ask(around, &program, cancel).await? {
            Some(java) if java.major == 17 => return Ok(Some(java)),
            Some(java) if java.major == 11 => eleven = eleven.or(Some(java)),
            _ => {}
        }
    }
    Ok(eleven)
}

/// Asks a Java where and what it is; `None` if it does not work.
pub(super) async fn ask(around: &Around, program: &Path, cancel: &mut Cancel) -> Result<Option<Java>, SetupError> {
    let mut command = around.command(program);
    command.args(["-XshowSettings:properties", "-version"]);
    let (mut home, mut version) = (None, None);
    let ended = run(command, cancel, |line| {
        let Some((name, value)) = line.split_once(" = ") else { return };
        match name.trim() {
            "java.home" => home = Some(PathBuf::from(value.trim())),
            "java.version" => version = Some(value.trim().to_owned()),
            _ => {}
        }
    });
    match ended.await {
        Ok(Ended::Itself { well: true, .. }) => {}
        Ok(Ended::Cancelled) => return Err(SetupError::Cancelled),
        Ok(Ended::Itself { .. }) | Err(_) => return Ok(None),
    }
    let (Some(home), Some(version)) = (home, version) else { return Ok(None) };
    let major = version.split(['.', '-', '+', '_']).next().and_then(|major| major.parse().ok()).unwrap_or(0);
    Ok(Some(Java { home, version, major }))
}
