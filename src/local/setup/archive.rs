//! The archive of Java's classes, with which Java and Spark start in a part of the time.
//!
//! It holds only for the same Java and the same class path, in which a folder with files in it must not stand: a session
//! that gives Spark a folder of configuration starts without the archive.

use std::fs;
use std::io;
use std::path::Path;

use super::Step;
use super::around::Around;
use super::cancel::Cancel;
use super::error::SetupError;
use super::java::Java;
use super::process::{Ended, run};
use super::stamp::{Archive, interpreter};

const TRAINING: &str = include_str!("archive.py");

/// The archive's file.
pub(super) const NAME: &str = "spark.jsa";
/// Java's own classes, where the Java has no archive of them.
const BASE: &str = "base.jsa";
/// The first Java that can make such an archive.
const FIRST: u32 = 13;

/// Makes the archive. That it cannot be made is no failure: Spark starts without it, too.
///
/// # Errors
///
/// It was cancelled.
pub(super) async fn make(
    around: &Around,
    folder: &Path,
    java: &Java,
    cancel: &mut Cancel,
    tell: &(dyn Fn(Step, f32, String) + Send + Sync),
) -> Result<Archive, SetupError> {
    if java.major < FIRST {
        return Ok(Archive::None(format!("Java {} makes none", java.version)));
    }
    let work = folder.join("training");
    let made = train(around, folder, &work, java, cancel, tell).await;
    let _ = fs::remove_dir_all(&work);
    match made {
        Ok(None) => Ok(Archive::Made(NAME.into())),
        Ok(Some(why)) => Ok(Archive::None(why)),
        Err(Some(error)) => Ok(Archive::None(error.to_string())),
        Err(None) => Err(SetupError::Cancelled),
    }
}

/// Returns why it could not be made, if so. An error without a reason: it was cancelled.
async fn train(
    around: &Around,
    folder: &Path,
    work: &Path,
    java: &Java,
    cancel: &mut Cancel,
    tell: &(dyn Fn(Step, f32, String) + Send + Sync),
) -> Result<Option<String>, Option<io::Error>> {
    let _ = fs::remove_dir_all(work);
    fs::create_dir_all(work).map_err(Some)?;
    tell(Step::Archive, 0.0, "making an archive of Java's classes, so that Spark starts sooner".to_owned());
    let base = folder.join(BASE);
    let own_base = java.home.join(if cfg!(windows) { "bin" } else { "lib" }).join("server").join("classes.jsa");
    if !own_base.is_file() {
        let mut command = around.command(&Java::program(&java.home));
        command.arg("-Xshare:dump").arg(option("SharedArchiveFile", &base)).arg("-Xlog:disable").current_dir(work);
        if let Some(why) = finished(run(command, cancel, |_| {}).await)? {
            return Ok(Some(why));
        }
    }
    let new = folder.join("new.jsa");
    let _ = fs::remove_file(&new);
    let mut options = format!("{} -XX:+UseSerialGC -Xlog:disable", quoted(&option("ArchiveClassesAtExit", &new)));
    if base.is_file() {
        options = format!("{} {options}", quoted(&option("SharedArchiveFile", &base)));
    }
    let mut command = around.command(&interpreter(folder));
    command.arg("-c").arg(TRAINING).arg(work).current_dir(work);
    command.env("JAVA_HOME", &java.home).env("SPARK_LOCAL_DIRS", work).env("SPARK_LOCAL_IP", "127.0.0.1");
    command.env("PYSPARK_PYTHON", interpreter(folder));
    command.env(
        "PYSPARK_SUBMIT_ARGS",
        format!("--driver-java-options \"{}\" pyspark-shell", options.replace('"', "\\\"")),
    );
    let ended = run(command, cancel, |line| {
        let step =
            line.strip_prefix("STEP ").and_then(|rest| rest.split(' ').next()).and_then(|n| n.parse::<f32>().ok());
        if let Some(step) = step {
            tell(Step::Archive, 0.1 + step / 8.0, "trying Spark out".to_owned());
        }
    });
    if let Some(why) = finished(ended.await)? {
        return Ok(Some(why));
    }
    if !new.is_file() {
        return Ok(Some("Java made none".to_owned()));
    }
    fs::rename(&new, folder.join(NAME)).map_err(Some)?;
    Ok(None)
}

fn finished(ended: io::Result<Ended>) -> Result<Option<String>, Option<io::Error>> {
    match ended.map_err(Some)? {
        Ended::Cancelled => Err(None),
        Ended::Itself { well: true, .. } => Ok(None),
        Ended::Itself { said, .. } => {
            let last = said.into_iter().rev().find(|line| !line.trim().is_empty());
            Ok(Some(last.unwrap_or_else(|| "it failed without a word".to_owned())))
        }
    }
}

fn option(name: &str, path: &Path) -> String {
    format!("-XX:{name}={}", path.display())
}

/// As Spark's launcher reads options.
fn quoted(option: &str) -> String {
    if option.contains([' ', '"', '\'']) { format!("\"{}\"", option.replace('"', "\\\"")) } else { option.to_owned() }
}
