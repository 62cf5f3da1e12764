//! `cargo xtask bench`: the benchmarks in `benches/`, each a Python script that also runs by itself.

use crate::extension::{self, Profile};
use crate::process::{self, Failure, Outcome, step};
use crate::venv::{Needs, Venv};
use std::path::{Path, PathBuf};

/// The scripts, in the order in which they run.
const SCRIPTS: &[&str] = &["suite", "grid", "cold", "memory", "waiting"];

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Request {
    scripts: Vec<String>,
    /// The folder for the tables
    out: Option<PathBuf>,
    /// A Python that has cuprous, instead of building it
    python: Option<String>,
    /// For the scripts
    rest: Vec<String>,
}

/// Builds the release, or takes a Python that has cuprous, and runs the scripts.
pub fn run(root: &Path, args: &[String]) -> Outcome {
    let request = Request::parse(args)?;
    let venv = match request.python {
        Some(_) => None,
        None => {
            let venv = Venv::ready(root, Needs::Develop)?;
            extension::build(root, &venv, Profile::Release)?;
            Some(venv)
        }
    };
    let mut failed = Vec::new();
    for script in &request.scripts {
        let mut words = vec![format!("benches/{script}.py")];
        words.extend(request.rest.iter().cloned());
        if let Some(folder) = &request.out {
            words.extend(["--out".into(), folder.join(format!("{script}.md")).to_string_lossy().into_owned()]);
        }
        let command = match (&venv, &request.python) {
            (Some(venv), _) => venv.python(root, &words),
            (None, python) => process::command(root, python.as_deref().unwrap_or("python3"), &words),
        };
        // One that fails must not keep the tables of the others from being made.
        if let Err(Failure(why)) = step(&words.join(" "), || process::run(command)) {
            failed.push(why);
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(Failure(failed.join("\n"))) }
}

impl Request {
    fn parse(args: &[String]) -> Outcome<Request> {
        let mut request = Request::default();
        let mut args = args.iter().filter(|a| *a != "--").peekable();
        while let Some(name) = args.next_if(|a| !a.starts_with('-')) {
            if !SCRIPTS.contains(&name.as_str()) {
                return Err(Failure(format!("no benchmark `{name}`; there are {}", SCRIPTS.join(", "))));
            }
            request.scripts.push(name.clone());
        }
        while let Some(word) = args.next() {
            let mut value = || args.next().cloned().ok_or_else(|| Failure(format!("{word} needs a value")));
            match word.as_str() {
                "--out" => request.out = Some(value()?.into()),
                "--python" => request.python = Some(value()?),
                _ => request.rest.push(word.clone()),
            }
        }
        if request.scripts.is_empty() {
            // Names are those of one script, and a pattern that nothing matches is an error there.
            let some = if request.rest.iter().any(|w| w == "--only") { &SCRIPTS[..1] } else { SCRIPTS };
            request.scripts = some.iter().map(|s| (*s).into()).collect();
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(words: &str) -> Result<Request, String> {
        Request::parse(&words.split_whitespace().map(String::from).collect::<Vec<_>>()).map_err(|e| e.0)
    }

    #[test]
    fn scripts_come_first_and_the_rest_is_theirs() {
        let words = |s: &str| s.split_whitespace().map(String::from).collect();
        let wanted = Request {
            scripts: words("grid cold"),
            out: Some("docs/performance".into()),
            python: None,
            rest: words("--device cpu --against cupy numpy --quick"),
        };
        assert_eq!(parsed("grid cold --device cpu --against cupy numpy --out docs/performance --quick"), Ok(wanted));
    }

    #[test]
    fn all_run_unless_a_pattern_names_cases() {
        assert_eq!(parsed("").map(|r| r.scripts), Ok(SCRIPTS.iter().map(|s| (*s).into()).collect()));
        assert_eq!(parsed("-- --only sort/*").map(|r| r.scripts), Ok(vec!["suite".into()]));
        assert_eq!(parsed("grid --only sum/*").map(|r| r.scripts), Ok(vec!["grid".into()]));
    }

    #[test]
    fn mistakes_are_named() {
        assert!(parsed("speed").is_err_and(|e| e.contains("no benchmark `speed`")));
        assert!(parsed("suite --out").is_err_and(|e| e == "--out needs a value"));
    }

    #[test]
    fn every_script_is_there() {
        let benches = Path::new(env!("CARGO_MANIFEST_DIR")).join("../benches");
        assert!(SCRIPTS.iter().all(|s| benches.join(format!("{s}.py")).is_file()));
    }
}
