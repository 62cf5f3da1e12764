//! Development commands of cuprous: `cargo xtask COMMAND`. Everything that CI does is one of these.

mod bench;
mod extension;
mod lint;
mod process;
mod registry;
mod report;
mod rows;
mod scripts;
mod stubs;
mod suite;
mod tidy;
mod venv;
mod wheel;

use process::{Failure, Outcome};
use std::path::PathBuf;
use std::process::ExitCode;

const HELP: &str = "\
cargo xtask COMMAND

  demo     [-- ARGS]    build the release and run examples/first_light.py
  bench    [suite|grid|cold|memory ...]
                        build the release and run those of benches/, or all
           --device cuda|cpu   where cuprous computes
           --against LIBRARY...  cupy, numpy, torch: those that are there
           --only PATTERN      cases such as 'sort/*', of the suite if no benchmark is named
           --out DIR           write the tables there, such as docs/performance/h200
           --scale 0.01, --quick  smaller sizes, fewer rounds
           --python PYTHON     one that has cuprous installed; nothing is built
  accuracy [-- ARGS]    build the release, measure the errors of the functions of floats, write
                        docs/accuracy.md; hours for all of float32, --sample 1000000 for a minute
  test                  build and run every test that this machine can run
           --rust | --python      only that half
           --device cpu|cuda      the Python tests on this device only
           --release              test the release build
           -- ARGS                more arguments for pytest
  lint                  rustfmt, clippy and tidy
  tidy                  the invariants that can be read from the tree
  gen      [stubs] [--check]
                        write what is generated from the registry and the built module, or check that it is
                        current; with `stubs`, only the type stubs of the Python package
  build    [--dev]      build the extension module into the checkout and put it on the path of .venv
  prebuild --arch sm_90 [--out DIR] [--from RECORDED]
                        compile kernels without a GPU: of all rows, or those that a run with
                        CUPROUS_RECORD=RECORDED met
  wheel    [--manylinux 2_28] [--zig] build the wheel into dist/
           --alias                the one that provides cupy and cupyx by cuprous

The virtual environment .venv is made when it is needed. CUPROUS_PYTHON names the interpreter to make it with.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, rest)) = args.split_first() else {
        println!("{HELP}");
        return ExitCode::from(2);
    };
    match dispatch(command, rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(message)) => {
            eprintln!("xtask {command}: {message}");
            ExitCode::FAILURE
        }
    }
}

fn dispatch(command: &str, args: &[String]) -> Outcome {
    let root = root();
    match command {
        "demo" => scripts::run(&root, "examples/first_light.py", venv::Needs::Demo, scripts::after_dashes(args)?),
        "bench" => bench::run(&root, args),
        "accuracy" => scripts::run(&root, "benches/accuracy.py", venv::Needs::Develop, scripts::after_dashes(args)?),
        "test" => suite::run(&root, &suite::Options::parse(args)?),
        "lint" => process::no_arguments(args).and_then(|()| lint::run(&root)),
        "tidy" => process::no_arguments(args).and_then(|()| tidy::run(&root)),
        "gen" => match args.split_first() {
            Some((what, rest)) if what == "stubs" => stubs::run(&root, registry::Mode::parse(rest)?),
            _ => {
                let mode = registry::Mode::parse(args)?;
                registry::run(&root, mode).and_then(|()| stubs::run(&root, mode))
            }
        },
        "build" => extension::run(&root, extension::Profile::parse(args)?),
        "prebuild" => rows::prebuild(&root, args),
        "wheel" => wheel::run(&root, args),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        _ => Err(Failure(format!("no such command\n\n{HELP}"))),
    }
}

/// The root of the checkout: the folder above this crate.
fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.parent().map(PathBuf::from).unwrap_or(here)
}
