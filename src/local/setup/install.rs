//! The virtual environment and its packages, by `uv`, or by `venv` and `pip`.

use std::path::{Path, PathBuf};

use super::Step;
use super::around::Around;
use super::cancel::Cancel;
use super::error::SetupError;
use super::interpreter::Interpreter;
use super::pins::{self, PIP};
use super::process::{Ended, run};
use super::stamp::interpreter;

/// Takes the step, how much of it is done, and what to say.
pub(super) type Tell<'a> = &'a (dyn Fn(Step, f32, String) + Send + Sync);

/// Makes the environment in a folder that is not there yet, and returns where its packages are.
pub(super) async fn install(
    around: &Around,
    base: &Interpreter,
    folder: &Path,
    with_java: bool,
    cancel: &mut Cancel,
    tell: Tell<'_>,
) -> Result<PathBuf, SetupError> {
    let uv = around.program(Path::new("uv")).filter(|_| !around.has_pip_configuration());
    let by_uv = match &uv {
        Some(uv) => by_uv(around, uv, base, folder, with_java, cancel, tell).await,
        None => Ok(false),
    }?;
    if !by_uv {
        let there = folder.to_owned();
        super::beside(move || super::clear(&there)).await.map_err(SetupError::file("removed", folder))?;
        by_pip(around, base, folder, with_java, cancel, tell).await?;
    }
    iceberg(around, uv.as_deref().filter(|_| by_uv), folder, cancel, tell).await?;
    site(around, folder, cancel).await
}

/// Returns whether it is done; what is wrong with uv itself is not told: there is another way.
async fn by_uv(
    around: &Around,
    uv: &Path,
    base: &Interpreter,
    folder: &Path,
    with_java: bool,
    cancel: &mut Cancel,
    tell: Tell<'_>,
) -> Result<bool, SetupError> {
    let command = || {
        let mut command = around.command(uv);
        // Interpreters would come from elsewhere than the index.
        command.env("UV_PYTHON_DOWNLOADS", "never").env("UV_NO_PROGRESS", "1").current_dir(std::env::temp_dir());
        command
    };
    tell(Step::Python, 0.0, format!("making a virtual environment of Python {}", base.version));
    let mut venv = command();
    venv.arg("venv").arg("--python").arg(&base.program).arg(folder);
    match run(venv, cancel, |_| {}).await {
        Ok(Ended::Cancelled) => return Err(SetupError::Cancelled),
        Ok(Ended::Itself { well: true, .. }) => {}
        Ok(Ended::Itself { .. }) | Err(_) => return Ok(false),
    }
    let names: Vec<&str> = pins::wanted(with_java).map(|pin| pin.name).collect();
    tell(Step::Packages, 0.0, format!("installing {} with uv", names.join(", ")));
    let mut install = command();
    install.args(["pip", "install", "--python"]).arg(interpreter(folder));
    install.args(pins::wanted(with_java).map(pins::Pin::requirement));
    let ended = run(install, cancel, |line| {
        if !line.trim().is_empty() {
            tell(Step::Packages, 0.5, shortened(line));
        }
    });
    match ended.await {
        Ok(Ended::Cancelled) => Err(SetupError::Cancelled),
        Ok(Ended::Itself { well: true, .. }) => Ok(true),
        Ok(Ended::Itself { said, .. }) if is_network(&said) => Err(SetupError::Network { said: reason(&said) }),
        Ok(Ended::Itself { .. }) | Err(_) => Ok(false),
    }
}

async fn by_pip(
    around: &Around,
    base: &Interpreter,
    folder: &Path,
    with_java: bool,
    cancel: &mut Cancel,
    tell: Tell<'_>,
) -> Result<(), SetupError> {
    tell(Step::Python, 0.0, format!("making a virtual environment of Python {}", base.version));
    let mut venv = around.command(&base.program);
    venv.arg("-m").arg("venv").arg(folder).current_dir(std::env::temp_dir());
    let no_venv = |said: String| SetupError::NoVenv { python: base.program.clone(), said };
    match run(venv, cancel, |_| {}).await {
        Ok(Ended::Itself { well: true, .. }) => {}
        Ok(Ended::Cancelled) => return Err(SetupError::Cancelled),
        Ok(Ended::Itself { said, .. }) => return Err(no_venv(reason(&said))),
        Err(error) => return Err(no_venv(error.to_string())),
    }
    tell(Step::Packages, 0.0, "asking the package index".to_owned());
    let own = pip(around, folder, &[], &[PIP.requirement()], is_network, cancel, |_| {}).await;
    let tells = match own {
        Ok(()) => true,
        // An index of one's own need not have it.
        Err(SetupError::Install { .. }) => false,
        Err(error) => return Err(error),
    };
    let wanted: Vec<String> = pins::wanted(with_java).map(pins::Pin::requirement).collect();
    let mut course = Course::new(with_java);
    let options: &[&str] = if tells { &["--progress-bar", "raw"] } else { &[] };
    pip(
        around,
        folder,
        options,
        &wanted,
        |said| is_network(said) || has_none(said),
        cancel,
        |line| {
            if let Some(text) = course.take(line) {
                tell(Step::Packages, course.fraction(), text);
            }
        },
    )
    .await
}

/// Installs what most sessions do without. Why it could not be had does not matter here: the stamp says whether it is there.
async fn iceberg(
    around: &Around,
    uv: Option<&Path>,
    folder: &Path,
    cancel: &mut Cancel,
    tell: Tell<'_>,
) -> Result<(), SetupError> {
    tell(Step::Packages, 1.0, format!("installing {}, about {:.0} MB", pins::ICEBERG.name, pins::ICEBERG.megabytes));
    let wanted = [pins::ICEBERG.requirement()];
    let Some(uv) = uv else {
        let ended = pip(around, folder, &["--no-deps"], &wanted, is_network, cancel, |_| {}).await;
        return ended.or_else(|error| if matches!(error, SetupError::Cancelled) { Err(error) } else { Ok(()) });
    };
    let mut install = around.command(uv);
    install.env("UV_NO_PROGRESS", "1").current_dir(std::env::temp_dir());
    install.args(["pip", "install", "--python"]).arg(interpreter(folder)).arg("--no-deps").args(wanted);
    match run(install, cancel, |_| {}).await {
        Ok(Ended::Cancelled) => Err(SetupError::Cancelled),
        Ok(Ended::Itself { .. }) | Err(_) => Ok(()),
    }
}

/// Has pip install something into the environment.
async fn pip(
    around: &Around,
    folder: &Path,
    options: &[&str],
    wanted: &[String],
    is_network: impl Fn(&[String]) -> bool,
    cancel: &mut Cancel,
    each: impl FnMut(&str),
) -> Result<(), SetupError> {
    let mut command = around.command(&interpreter(folder));
    command.args(["-m", "pip", "install"]).args(options).args(wanted).current_dir(std::env::temp_dir());
    command.env("PIP_USER", "0").env("PIP_NO_INPUT", "1").env("PIP_DISABLE_PIP_VERSION_CHECK", "1");
    match run(command, cancel, each).await {
        Ok(Ended::Itself { well: true, .. }) => Ok(()),
        Ok(Ended::Cancelled) => Err(SetupError::Cancelled),
        Ok(Ended::Itself { said, .. }) if is_network(&said) => Err(SetupError::Network { said: reason(&said) }),
        Ok(Ended::Itself { said, .. }) => Err(SetupError::Install { said: reason(&said) }),
        Err(error) => Err(SetupError::Install { said: error.to_string() }),
    }
}

/// Asks the environment where its packages are.
async fn site(around: &Around, folder: &Path, cancel: &mut Cancel) -> Result<PathBuf, SetupError> {
    const WHERE: &str = "import sysconfig\nprint('GLUE-LS ' + sysconfig.get_paths()['purelib'])\n";
    let mut command = around.command(&interpreter(folder));
    command.arg("-c").arg(WHERE).current_dir(std::env::temp_dir());
    let mut site = None;
    let ended = run(command, cancel, |line| {
        site = line.strip_prefix("GLUE-LS ").map(PathBuf::from).or(site.take());
    });
    let said = match ended.await {
        Ok(Ended::Cancelled) => return Err(SetupError::Cancelled),
        Ok(Ended::Itself { said, .. }) => reason(&said),
        Err(error) => error.to_string(),
    };
    site.ok_or(SetupError::Install { said })
}

/// How far pip has come, from what it says.
struct Course {
    /// Megabytes of all downloads.
    total: f32,
    /// Those of the downloads that have ended.
    done: f32,
    /// How much of the present one is there.
    present: f32,
    /// What is being downloaded.
    name: String,
    /// What comes behind the downloads, from 0 to 1.
    behind: f32,
}

impl Course {
    fn new(with_java: bool) -> Course {
        let total = pins::wanted(with_java).map(|pin| pin.megabytes).sum();
        Course { total, done: 0.0, present: 0.0, name: String::new(), behind: 0.0 }
    }

    /// Takes a line of pip's; returns what to say of it, if anything.
    fn take(&mut self, line: &str) -> Option<String> {
        let line = line.trim();
        if let Some(rest) = line.strip_prefix("Progress ") {
            let (had, all) = rest.split_once(" of ")?;
            let (had, all) = (had.parse::<f32>().ok()? / 1e6, all.parse::<f32>().ok()? / 1e6);
            self.present = had;
            return Some(format!("downloading {}: {had:.0} of {all:.0} MB", self.name));
        }
        for (begin, behind, text) in [
            ("Building wheel", 0.2, "unpacking PySpark"),
            ("Installing collected packages", 0.6, "installing the packages"),
            ("Successfully installed", 1.0, "the packages are installed"),
        ] {
            if line.starts_with(begin) {
                self.done = self.total;
                self.present = 0.0;
                self.behind = behind;
                return Some(text.to_owned());
            }
        }
        for (begin, does) in [("Downloading ", "downloading"), ("Using cached ", "using the cached")] {
            let Some(rest) = line.strip_prefix(begin) else { continue };
            let (name, size) = rest.split_once(' ').unwrap_or((rest, ""));
            if name.ends_with(".metadata") {
                return None;
            }
            self.done += self.present;
            self.present = 0.0;
            // Older versions tell the address.
            self.name = shortened(name.rsplit('/').next().unwrap_or(name));
            return Some(format!("{does} {}: {}", self.name, shortened(size.trim_matches(['(', ')']))));
        }
        None
    }

    fn fraction(&self) -> f32 {
        0.8 * ((self.done + self.present) / self.total).min(1.0) + 0.2 * self.behind
    }
}

/// What pip and uv say where they cannot reach the index.
const NETWORK: &[&str] = &[
    "failed to establish a new connection",
    "newconnectionerror",
    "name resolution",
    "nameresolutionerror",
    "getaddrinfo failed",
    "name or service not known",
    "nodename nor servname",
    "connection refused",
    "connection reset",
    "connection aborted",
    "connecttimeout",
    "readtimeout",
    "timed out",
    "network is unreachable",
    "no route to host",
    "proxyerror",
    "sslerror",
    "certificate_verify_failed",
    "dns error",
    "error sending request",
    "failed to fetch",
    "could not connect",
    "tcp connect error",
    "network connectivity is disabled",
];

fn is_network(said: &[String]) -> bool {
    said.iter().any(|line| {
        let line = line.to_ascii_lowercase();
        NETWORK.iter().any(|sign| line.contains(sign))
    })
}

/// Whether the index has nothing at all of what is wanted. Without retries, pip says no more where it cannot be reached.
fn has_none(said: &[String]) -> bool {
    said.iter().any(|line| line.contains("from versions: none"))
}

/// The line that tells most of why a program has failed.
fn reason(said: &[String]) -> String {
    let telling = |line: &&String| {
        let line = line.trim_start().to_ascii_lowercase();
        line.starts_with("error") || line.contains("× ") || line.contains("cause")
    };
    let line = said.iter().rev().find(telling).or_else(|| said.iter().rev().find(|line| !line.trim().is_empty()));
    line.map_or_else(|| "it did not say why".to_owned(), |line| shortened(line).trim_end_matches('.').to_owned())
}

/// A line for people: bounded, and without the password that an address of an index may have.
fn shortened(line: &str) -> String {
    let words = line.split_whitespace().map(|word| match (word.find("://"), word.rfind('@')) {
        (Some(begin), Some(end)) if begin < end => format!("{}{}", &word[..begin + 3], &word[end + 1..]),
        _ => word.to_owned(),
    });
    let line = words.collect::<Vec<_>>().join(" ");
    line.chars().filter(|c| !c.is_control()).take(300).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pips_lines_become_a_course_that_only_rises() {
        let mut course = Course::new(true);
        let mut before = 0.0;
        for (line, said) in [
            ("Collecting pyspark==3.5.9", None),
            ("  Downloading pandas-2.2.3.whl.metadata (89 kB)", None),
            (
                "  Downloading https://x.example/pyspark-3.5.9.tar.gz (317.3 MB)",
                Some("downloading pyspark-3.5.9.tar.gz: 317.3 MB"),
            ),
            ("Progress 100000000 of 317000000", Some("downloading pyspark-3.5.9.tar.gz: 100 of 317 MB")),
            ("Progress 317000000 of 317000000", Some("downloading pyspark-3.5.9.tar.gz: 317 of 317 MB")),
            ("Using cached numpy-1.26.4.whl (18.0 MB)", Some("using the cached numpy-1.26.4.whl: 18.0 MB")),
            ("Progress x of y", None),
            ("Building wheels for collected packages: pyspark", Some("unpacking PySpark")),
            ("Installing collected packages: numpy, pyspark", Some("installing the packages")),
            ("Successfully installed numpy-1.26.4", Some("the packages are installed")),
        ] {
            assert_eq!(course.take(line).as_deref(), said, "{line}");
            assert!(course.fraction() >= before, "{line}");
            before = course.fraction();
        }
        assert!((before - 1.0).abs() < 0.001);
    }

    #[test]
    fn what_pip_says_is_shown_without_passwords() {
        let said = |lines: &[&str]| reason(&lines.iter().map(|line| (*line).to_owned()).collect::<Vec<_>>());
        assert_eq!(
            said(&["ERROR: no https://me:secret@index.example/simple here.", "", "more"]),
            "ERROR: no https://index.example/simple here"
        );
        assert_eq!(said(&["a", "b", " "]), "b");
        assert_eq!(said(&[]), "it did not say why");
    }
}
