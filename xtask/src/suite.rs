//! `cargo xtask test`: everything that shows that cuprous is right, as far as this machine can.

use crate::extension::{self, Profile};
use crate::process::{self, Failure, Outcome, cargo, unknown};
use crate::registry::{self, Mode};
use crate::report::Report;
use crate::rows;
use crate::stubs;
use crate::tidy;
use crate::venv::{Needs, Venv};
use std::path::Path;

/// What is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    rust: bool,
    python: bool,
    /// `None`: the CPU, and the GPU if there is one
    device: Option<String>,
    profile: Profile,
    pytest: Vec<String>,
}

impl Options {
    /// The arguments of `cargo xtask test`.
    pub fn parse(args: &[String]) -> Outcome<Options> {
        let mut options = Options { rust: true, python: true, device: None, profile: Profile::Dev, pytest: Vec::new() };
        let mut words = args.iter();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--rust" => options.python = false,
                "--python" => options.rust = false,
                "--release" => options.profile = Profile::Release,
                "--device" => match words.next().map(String::as_str) {
                    Some(device @ ("cpu" | "cuda")) => options.device = Some(device.into()),
                    _ => return Err(Failure("--device needs a value: cpu or cuda".into())),
                },
                "--" => options.pytest = words.by_ref().cloned().collect(),
                _ => return Err(unknown(word)),
            }
        }
        if !options.rust && !options.python {
            return Err(Failure("--rust and --python together leave nothing out; give one, or none for both".into()));
        }
        Ok(options)
    }

    fn devices(&self, has_gpu: bool) -> Vec<&str> {
        match &self.device {
            Some(device) => vec![device],
            None if has_gpu => vec!["cpu", "cuda"],
            None => vec!["cpu"],
        }
    }
}

/// Runs the tests and prints the summary.
pub fn run(root: &Path, options: &Options) -> Outcome {
    let mut report = Report::default();
    let venv = Venv::ready(root, Needs::Develop)?;
    if options.rust {
        report.step("tidy", || tidy::run(root));
        rust(root, &venv, options, &mut report);
    }
    if options.python {
        python(root, &venv, options, &mut report);
    }
    report.finish()
}

fn rust(root: &Path, venv: &Venv, options: &Options, report: &mut Report) {
    // The extension module leaves Python's symbols to the process that loads it, so no test program can link it:
    // the Python tests are its tests.
    let tests = |more: &[&str]| {
        let mut args = vec!["test", "--workspace", "--exclude", "cuprous-python"];
        args.extend(if options.profile == Profile::Release { &["--release"][..] } else { &[] });
        args.extend(more);
        args.extend(["--", "--quiet"]);
        let mut tests = cargo(root, &args);
        tests.env("CUPROUS_CUDA_LIBS", venv.cuda_libraries());
        process::run(tests)
    };
    report.step("Rust unit tests", || tests(&["--lib", "--bins", "--tests", "--examples"]));
    report.step("Rust documentation tests", || tests(&["--doc"]));
    if rows::has_program(root, rows::PREBUILD) {
        report.step("NVRTC compiles the CUDA text of every row", || rows::check(root, venv));
    } else {
        report.left_out("NVRTC compiles the CUDA text of every row", &format!("crates/cuprous has no program {} yet", rows::PREBUILD));
    }
    report.step("generated files are current", || registry::run(root, Mode::Check));
}

fn python(root: &Path, venv: &Venv, options: &Options, report: &mut Report) {
    if report.step("build for Python", || extension::build(root, venv, options.profile)).is_none() {
        report.left_out("Python tests", "the extension module did not build");
        return;
    }
    stubs::check(root, venv, report);
    let has_gpu = has_gpu();
    for device in options.devices(has_gpu) {
        for fusion in ["on", "off"] {
            report.step(&format!("Python tests on {device}, fusion {fusion}"), || {
                let mut args: Vec<&str> = vec!["-m", "pytest", "tests", "-q", "--timeout=600", "--device", device, "--fusion", fusion];
                args.extend(options.pytest.iter().map(String::as_str));
                let mut tests = venv.python(root, args);
                tests.env_remove("CUPROUS_CUDA_LIBS");
                process::run(tests)
            });
        }
    }
    report.step("NumPy computes nothing for cuprous", || {
        let args = ["-m", "pytest", "tests/ops", "-q", "--timeout=600", "--no-delegation"];
        process::run(venv.python(root, args))
    });
    if options.device.is_none() && !has_gpu {
        report.left_out("Python tests on cuda", "this machine has no NVIDIA GPU; CONTRIBUTING.md says how to run them on one that has");
    }
}

/// Whether the NVIDIA driver shows a device. Asked of the system and not of cuprous, which is under test.
fn has_gpu() -> bool {
    let devices = std::fs::read_dir("/dev").into_iter().flatten().flatten();
    let is_gpu = |name: &str| name.strip_prefix("nvidia").is_some_and(|number| number.parse::<u32>().is_ok());
    devices.map(|e| e.file_name()).any(|name| name.to_str().is_some_and(is_gpu)) || Path::new("/usr/lib/wsl/lib/libcuda.so.1").exists()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Options, String> {
        Options::parse(&line.split_whitespace().map(String::from).collect::<Vec<_>>()).map_err(|e| e.0)
    }

    #[test]
    fn halves_and_devices_are_chosen_by_flags() -> Result<(), String> {
        let all = parsed("")?;
        assert!(all.rust && all.python);
        assert_eq!(all.devices(false), ["cpu"]);
        assert_eq!(all.devices(true), ["cpu", "cuda"]);
        assert_eq!(parsed("--device cuda")?.devices(false), ["cuda"]);
        assert!(!parsed("--rust")?.python && !parsed("--python")?.rust);
        assert_eq!(parsed("--python -- -k add --maxfail 1")?.pytest, ["-k", "add", "--maxfail", "1"]);
        assert!(parsed("--device tpu").is_err() && parsed("--rust --python").is_err() && parsed("--fast").is_err());
        Ok(())
    }
}
