//! Running programs, and saying what runs and for how long.

use std::ffi::OsStr;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Why a command did not succeed, in one line or a few.
#[derive(Debug)]
pub struct Failure(pub String);

/// What a command of xtask gives.
pub type Outcome<T = ()> = Result<T, Failure>;

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Failure {
        Failure(e.to_string())
    }
}

/// Says what is being done, does it, and says how long it took if that was longer than a second.
pub fn step<T>(what: &str, work: impl FnOnce() -> Outcome<T>) -> Outcome<T> {
    println!("==> {what}");
    // Whatever the program prints comes after the line.
    let _ = std::io::stdout().flush();
    let begin = Instant::now();
    let result = work();
    let seconds = begin.elapsed().as_secs_f64();
    if seconds > 1.0 {
        println!("    {} after {}", if result.is_ok() { "done" } else { "failed" }, duration(seconds));
    }
    result
}

/// A duration as people say it.
pub fn duration(seconds: f64) -> String {
    if seconds < 90.0 { format!("{seconds:.1} s") } else { format!("{} min {:02} s", seconds as u64 / 60, seconds as u64 % 60) }
}

/// `program` with `args`, run in `root`.
pub fn command<S: AsRef<OsStr>>(root: &Path, program: impl AsRef<OsStr>, args: impl IntoIterator<Item = S>) -> Command {
    let mut command = Command::new(program);
    command.current_dir(root).args(args);
    command
}

/// Cargo, the one that runs this.
pub fn cargo(root: &Path, args: &[&str]) -> Command {
    let mut cargo = command(root, std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()), args);
    // Set by the outer `cargo run` for this crate; they mean nothing to other crates.
    for name in ["CARGO_MANIFEST_DIR", "CARGO_MANIFEST_PATH", "CARGO_PKG_NAME", "CARGO_PKG_VERSION"] {
        cargo.env_remove(name);
    }
    cargo
}

/// Runs it with the terminal's output; anything but success is a failure.
pub fn run(mut command: Command) -> Outcome {
    let shown = show(&command);
    let status = command.status().map_err(|e| cannot_start(&command, &e))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{shown}` ended with {status}"))) }
}

/// Runs it quietly and gives its standard output; a failure carries what it wrote to standard error.
pub fn output(mut command: Command) -> Outcome<String> {
    let shown = show(&command);
    let out = command.stdin(Stdio::null()).output().map_err(|e| cannot_start(&command, &e))?;
    if out.status.success() {
        Ok(String::from_utf8_lossy(&out.stdout).into_owned())
    } else {
        Err(Failure(format!("`{shown}` ended with {}\n{}", out.status, String::from_utf8_lossy(&out.stderr).trim_end())))
    }
}

/// Fails if there are arguments.
pub fn no_arguments(args: &[String]) -> Outcome {
    args.first().map_or(Ok(()), |a| Err(unknown(a)))
}

/// The failure for an argument that the command does not know.
pub fn unknown(argument: &str) -> Failure {
    Failure(format!("unknown argument `{argument}`; `cargo xtask help` lists what there is"))
}

fn cannot_start(command: &Command, e: &std::io::Error) -> Failure {
    Failure(format!("cannot start `{}`: {e}", command.get_program().to_string_lossy()))
}

fn show(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|w| w.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_well() {
        assert_eq!(duration(2.345), "2.3 s");
        assert_eq!(duration(125.0), "2 min 05 s");
    }

    #[test]
    fn failures_say_what_failed() {
        let here = Path::new(".");
        let Err(Failure(message)) = run(command(here, "false", ["x"])) else { panic!("`false` succeeded") };
        assert!(message.starts_with("`false x` ended with"), "{message}");
        let Err(Failure(message)) = output(command(here, "no-such-program-at-all", [""; 0])) else { panic!("it started") };
        assert!(message.starts_with("cannot start"), "{message}");
    }
}
