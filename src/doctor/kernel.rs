//! The official kernel, if it is installed: found by the files that pip has left, which are read and nothing else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::machine::Machine;
use super::report::{Check, quoted};
use super::shown;
use crate::facts;

const ID: (&str, &str) = ("kernel", "Official kernel");

/// The largest kernel spec that is read, in bytes.
const LARGEST: u64 = 1 << 20;

/// The most entries of a folder that are looked at.
const MOST: usize = 20_000;

/// An installation.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Found {
    version: String,
    /// The interpreter it belongs to, or the folder it lies in.
    python: PathBuf,
}

/// Looks for it, and judges its version.
pub(super) fn check(machine: &Machine) -> Check {
    let kernel = &facts::magics().kernel;
    let found = installed(machine, &kernel.package);
    let Some(oldest) = found.iter().min_by_key(|found| number(&found.version)) else {
        let message =
            format!("{} is not installed, or not where it is looked for; glue-ls does not need it", kernel.package);
        return Check::ok(ID.0, ID.1, message);
    };
    let all: Vec<String> =
        found.iter().map(|found| format!("{} ({})", shown(&found.version), found.python.display())).collect();
    let text = format!("{} {}", kernel.package, all.join(", "));
    if number(&oldest.version) < number(&kernel.version) {
        let message = format!(
            "{text}. It is older than {}, whose behaviour glue-ls describes: magics and defaults may differ.",
            kernel.version
        );
        let python = quoted(&oldest.python.to_string_lossy());
        return Check::warning(ID.0, ID.1, message)
            .command(format!("{python} -m pip install --upgrade {}", kernel.package));
    }
    Check::ok(ID.0, ID.1, text)
}

/// `1.0.10` as numbers, for comparing.
fn number(version: &str) -> Vec<u64> {
    let digits = |part: &str| part.chars().take_while(char::is_ascii_digit).collect::<String>();
    version.split('.').map(|part| digits(part).parse().unwrap_or(0)).collect()
}

fn installed(machine: &Machine, package: &str) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for python in interpreters(machine) {
        for folder in site_packages(&python) {
            if let Some(version) = version_in(&folder, package)
                && !found.iter().any(|known| known.python == python && known.version == version)
            {
                found.push(Found { version, python: python.clone() });
            }
        }
    }
    // What `pip install --user` has put there is seen by every interpreter.
    if let Some(home) = &machine.home {
        for folder in libraries(&home.join(".local").join("lib")) {
            if let Some(version) = version_in(&folder, package) {
                found.push(Found { version, python: PathBuf::from("python3") });
            }
        }
    }
    found
}

/// The interpreters of the installed kernel specs, then those of the environment.
fn interpreters(machine: &Machine) -> Vec<PathBuf> {
    let names = if cfg!(windows) { ["python.exe", "python3.exe"] } else { ["python3", "python"] };
    let path = machine.variable("PATH").map(std::env::split_paths);
    let folders: Vec<PathBuf> = path.into_iter().flatten().filter(|folder| folder.is_absolute()).collect();
    let on_path = |name: &str| folders.iter().map(|folder| folder.join(name)).find(|path| path.is_file());
    let mut found: Vec<PathBuf> = Vec::new();
    let mut add = |python: PathBuf| {
        if !found.contains(&python) {
            found.push(python);
        }
    };
    for spec in jupyter_folders(machine) {
        for kernel in facts::magics().kernel.kernel_names.iter().chain(&facts::magics().kernel.hosted_kernel_names) {
            let file = spec.join("kernels").join(kernel).join("kernel.json");
            match argument(&file) {
                Some(program) if Path::new(&program).is_absolute() => add(PathBuf::from(program)),
                Some(program) => on_path(&program).into_iter().for_each(&mut add),
                None => {}
            }
        }
    }
    for prefix in ["VIRTUAL_ENV", "CONDA_PREFIX"].iter().filter_map(|name| machine.variable(name)) {
        let folder = if cfg!(windows) { "Scripts" } else { "bin" };
        let python = Path::new(prefix).join(folder).join(names[0]);
        if python.is_file() {
            add(python);
        }
    }
    names.iter().filter_map(|name| on_path(name)).for_each(add);
    found
}

/// The program that a kernel spec starts.
fn argument(spec: &Path) -> Option<String> {
    let small = std::fs::metadata(spec).ok()?.len() <= LARGEST;
    let text = small.then(|| std::fs::read_to_string(spec).ok())??;
    let spec: BTreeMap<String, Json> = serde_json::from_str(&text).ok()?;
    Some(spec.get("argv")?.get(0)?.as_str()?.to_owned())
}

/// The folders in which Jupyter looks for kernels.
fn jupyter_folders(machine: &Machine) -> Vec<PathBuf> {
    let mut folders: Vec<PathBuf> = Vec::new();
    folders.extend(machine.variable("JUPYTER_PATH").map(std::env::split_paths).into_iter().flatten());
    folders.extend(machine.variable("JUPYTER_DATA_DIR").map(PathBuf::from));
    if let Some(home) = &machine.home {
        folders.push(home.join(".local").join("share").join("jupyter"));
        folders.push(home.join("Library").join("Jupyter"));
    }
    for base in ["APPDATA", "PROGRAMDATA"].iter().filter_map(|name| machine.variable(name)) {
        folders.push(Path::new(base).join("jupyter"));
    }
    let path = machine.variable("PATH").map(std::env::split_paths);
    for prefix in path.into_iter().flatten().filter_map(|bin| bin.parent().map(Path::to_owned)) {
        folders.push(prefix.join("share").join("jupyter"));
    }
    folders.retain(|folder| folder.is_absolute());
    folders
}

/// The folders that an interpreter takes its packages from.
fn site_packages(python: &Path) -> Vec<PathBuf> {
    let Some(bin) = python.parent() else { return Vec::new() };
    let mut folders = Vec::new();
    if bin.file_name().is_some_and(|name| name == "shims") {
        // pyenv: behind a shim stands one of several versions.
        let versions = bin.parent().map(|root| root.join("versions")).unwrap_or_default();
        let versions = std::fs::read_dir(versions).into_iter().flatten().flatten().take(MOST);
        for version in versions {
            folders.extend(libraries(&version.path().join("lib")));
        }
    }
    folders.push(bin.join("Lib").join("site-packages"));
    if let Some(prefix) = bin.parent() {
        folders.push(prefix.join("Lib").join("site-packages"));
        folders.extend(libraries(&prefix.join("lib")));
    }
    folders
}

/// `site-packages` and `dist-packages` below `lib/python3.11` and the like.
fn libraries(lib: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(lib).into_iter().flatten().flatten().take(MOST);
    let pythons = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with("python3"));
    let mut folders: Vec<PathBuf> =
        pythons.flat_map(|entry| ["site-packages", "dist-packages"].map(|name| entry.path().join(name))).collect();
    folders.sort();
    folders
}

/// The version of a package, from the name of the folder that pip describes it in.
fn version_in(folder: &Path, package: &str) -> Option<String> {
    let normal = |name: &str| name.to_ascii_lowercase().replace(['-', '.'], "_");
    let entries = std::fs::read_dir(folder).ok()?.flatten().take(MOST);
    entries.into_iter().find_map(|entry| {
        let name = entry.file_name();
        let (name, version) = name.to_str()?.strip_suffix(".dist-info")?.rsplit_once('-')?;
        (normal(name) == normal(package)).then(|| version.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::report::{Fix, Status};

    fn installation(root: &Path, version: &str) -> PathBuf {
        let info = root.join(format!("venv/lib/python3.11/site-packages/aws_glue_sessions-{version}.dist-info"));
        std::fs::create_dir_all(info).unwrap();
        root.join("venv/bin/python")
    }

    fn with_spec(root: &Path, python: &Path) -> Machine {
        let folder = root.join(".local/share/jupyter/kernels/glue_pyspark");
        std::fs::create_dir_all(&folder).unwrap();
        let spec = serde_json::json!({"argv": [python, "-m", "aws_glue_interactive_sessions_kernel"]});
        std::fs::write(folder.join("kernel.json"), spec.to_string()).unwrap();
        Machine { home: Some(root.to_owned()), ..Machine::default() }
    }

    #[test]
    fn an_old_kernel_is_found_by_its_spec_and_can_be_brought_up_to_date() {
        let root = tempfile::tempdir().unwrap();
        let python = installation(root.path(), "1.0.4");
        let check = check(&with_spec(root.path(), &python));
        assert_eq!(check.status, Status::Warning, "{check:?}");
        assert!(check.message.contains("1.0.4") && check.message.contains("older than"), "{}", check.message);
        let [Fix::Command(command)] = &check.fixes[..] else { panic!("{check:?}") };
        assert!(command.ends_with("venv/bin/python -m pip install --upgrade aws-glue-sessions"), "{command}");
    }

    #[test]
    fn the_newest_or_none_at_all_is_well() {
        let root = tempfile::tempdir().unwrap();
        let none = check(&Machine { home: Some(root.path().to_owned()), ..Machine::default() });
        assert_eq!(none.status, Status::Ok);
        assert!(none.message.contains("not installed"), "{}", none.message);
        let python = installation(root.path(), "1.0.10");
        let newer = check(&with_spec(root.path(), &python));
        assert_eq!(newer.status, Status::Ok, "{newer:?}");
        assert!(number("1.0.10") > number("1.0.9") && number("x") < number("0.1"));
    }

    #[test]
    fn a_spec_that_is_none_is_passed_over() {
        let root = tempfile::tempdir().unwrap();
        let machine = with_spec(root.path(), Path::new("x"));
        let file = root.path().join(".local/share/jupyter/kernels/glue_pyspark/kernel.json");
        for text in ["", "[]", "{\"argv\": 3}", "{\"argv\": []}", "{\"argv\": [null]}"] {
            std::fs::write(&file, text).unwrap();
            assert_eq!(argument(&file), None, "{text}");
            assert_eq!(check(&machine).status, Status::Ok);
        }
    }
}
