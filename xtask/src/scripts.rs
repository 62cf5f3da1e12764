//! `cargo xtask demo` and `cargo xtask accuracy`: a Python script of the project against the release build.

use crate::extension::{self, Profile};
use crate::process::{self, Failure, Outcome, unknown};
use crate::venv::{Needs, Venv};
use std::path::Path;

/// Builds the release and runs the script with it.
pub fn run(root: &Path, script: &str, needs: Needs, args: &[String]) -> Outcome {
    if !root.join(script).is_file() {
        return Err(Failure(format!("{script} is not there")));
    }
    let venv = Venv::ready(root, needs)?;
    extension::build(root, &venv, Profile::Release)?;
    println!("==> {script}");
    let words = std::iter::once(script).chain(args.iter().map(String::as_str));
    process::run(venv.python(root, words))
}

/// The arguments after `--`; anything before it is an error.
pub fn after_dashes(args: &[String]) -> Outcome<&[String]> {
    match args.split_first() {
        None => Ok(&[]),
        Some((first, rest)) if first == "--" => Ok(rest),
        Some((first, _)) => Err(unknown(first)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_follows_the_dashes_is_passed_on() {
        let words = |s: &str| s.split_whitespace().map(String::from).collect::<Vec<_>>();
        assert_eq!(after_dashes(&words("-- --scale 0.1")).map_err(|e| e.0), Ok(&words("--scale 0.1")[..]));
        assert_eq!(after_dashes(&[]).map_err(|e| e.0), Ok(&[][..]));
        assert!(after_dashes(&words("--scale 0.1")).is_err());
    }
}
