//! Compiles the kernels of every row without a GPU: to fill a cache, or only to check that they compile.
//!
//! `cuprous-prebuild --check [--arch 90]` compiles each row's text once.
//! `cuprous-prebuild --arch 90 --out DIR` fills a cache folder with all variants of all rows.
//! `cuprous-prebuild --arch sm_80,sm_90,compute_75 --out DIR --pack PACKS` compiles what the wheel ships into DIR, a folder
//! that may be there already, and packs it, a file for each architecture.
//! `cuprous-prebuild --arch 90 --out DIR --from RECORDED` fills it with the kernels that a run on the CPU with
//! `CUPROUS_RECORD=RECORDED` met, fused ones too: then the same run on a GPU compiles nothing.

use cuprous_core::kernel::{Program, Step};
use cuprous_core::{DType, LoopDef};
use cuprous_cuda::compile::{Source, Target, pack, prebuild};
use cuprous_cuda::{elementwise, fft, fold, gather, linalg, matmul, random, record, reduce, scan, scatter, sort};
use std::collections::HashSet;
use std::path::PathBuf;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run() {
        Ok(text) => {
            println!("{text}");
            ExitCode::SUCCESS
        }
        Err(text) => {
            eprintln!("error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<String, String> {
    let (mut targets, mut out, mut from, mut packs, mut check) = (vec![Target::Sm(90)], None, None, None, false);
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        let mut value = || args.next().ok_or(format!("{arg} needs a value"));
        match &arg[..] {
            "--check" => check = true,
            "--arch" => {
                let parsed: Option<Vec<Target>> = value()?.split(',').map(Target::parse).collect();
                targets = parsed.ok_or("--arch takes architectures such as sm_90 or compute_75, with commas between them")?;
            }
            "--pack" => packs = Some(PathBuf::from(value()?)),
            "--out" => out = Some(PathBuf::from(value()?)),
            "--from" => from = Some(PathBuf::from(value()?)),
            other => return Err(format!("unknown argument {other}")),
        }
    }
    let mut sources = match &from {
        Some(dir) => record::read(dir).map_err(|e| e.to_string())?,
        None if check => one_of_each(),
        None if packs.is_some() => shipped(),
        None => all_variants(),
    };
    let mut seen = HashSet::new();
    sources.retain(|s| seen.insert(s.text.clone()));

    let scratch = std::env::temp_dir().join(format!("cuprous-check-{}", std::process::id()));
    let dir = match (&out, check) {
        (Some(dir), _) => dir.clone(),
        (None, true) => scratch.clone(),
        (None, false) => return Err("--out DIR is missing".into()),
    };
    let begin = std::time::Instant::now();
    let mut last = std::time::Instant::now();
    let mut told = Vec::new();
    for target in targets {
        let result = prebuild(&sources, target, &dir, &mut |done, total| {
            if last.elapsed().as_secs() >= 5 {
                last = std::time::Instant::now();
                eprintln!("{target}: compiled {done} of {total} kernels");
            }
        });
        if out.is_none() {
            let _ = std::fs::remove_dir_all(&scratch);
        }
        let n = result.map_err(|e| e.to_string())?;
        let mut line =
            format!("{} kernels for {target}: {n} compiled in {:.0} s, the rest were there", sources.len(), begin.elapsed().as_secs_f64());
        if let Some(packs) = &packs {
            let size = pack::pack(&sources, target, &dir, packs).map_err(|e| e.to_string())?;
            line = format!("{line}; packed in {:.1} MB", size as f64 / 1e6);
        }
        told.push(line);
    }
    Ok(told.join("\n"))
}

/// A program that applies one row to fresh operands.
fn single(row: &'static LoopDef) -> Program {
    let mut steps: Vec<Step> = row.ins.iter().enumerate().map(|(k, &dtype)| Step::Load { operand: k as u32, dtype }).collect();
    let args = (0..row.ins.len() as u32).collect();
    steps.push(Step::Apply { row, args, output: 0 });
    let last = steps.len() as u32 - 1;
    Program { steps, outputs: smallvec::smallvec![last] }
}

/// The programs of all rows, and of the values that need no row.
fn programs() -> Vec<Program> {
    let rows =
        cuprous_ops::all_ufuncs().flat_map(|u| u.loops).chain(cuprous_ops::casts::all()).chain(cuprous_ops::sampling::ALL.iter().copied());
    let mut programs: Vec<Program> = rows.map(single).collect();
    for &dtype in DType::ALL {
        programs.push(Program { steps: vec![Step::Constant { parameter: 0, dtype }], outputs: smallvec::smallvec![0] });
    }
    programs.push(Program { steps: vec![Step::Index { operand: 0 }], outputs: smallvec::smallvec![0] });
    programs
}

/// The program that only loads.
fn load(dtype: DType) -> Program {
    Program { steps: vec![Step::Load { operand: 0, dtype }], outputs: smallvec::smallvec![0] }
}

fn all_variants() -> Vec<Source> {
    let mut sources: Vec<Source> = programs().iter().flat_map(elementwise::sources_of_elementwise).collect();
    for row in cuprous_ops::all_reductions().flat_map(|r| r.rows) {
        sources.extend(reduce::sources_of_reduce(&load(row.input), row));
    }
    for row in cuprous_ops::all_scans().flat_map(|s| s.rows) {
        sources.extend(scan::sources_of_scan(row));
    }
    for row in cuprous_ops::all_ufuncs().flat_map(|u| u.loops) {
        sources.extend(fold::sources_of_fold(row));
    }
    sources.extend(fft::sources_of_fft());
    sources.extend(matmul::sources_of_matmul());
    sources.extend(linalg::sources_of_linalg());
    sources.extend(random::sources_of_random());
    sources
}

/// What the wheel brings: each row dense, with a broadcast axis, and with any strides; reductions and scans of up to
/// two axes; indexing, sorts, products of integers, random numbers. Wider nests and fused programs are compiled when they are met.
fn shipped() -> Vec<Source> {
    let mut sources: Vec<Source> = programs().iter().flat_map(elementwise::usual_sources).collect();
    for row in cuprous_ops::all_reductions().flat_map(|r| r.rows) {
        sources.extend(reduce::usual_sources(&load(row.input), row));
    }
    for row in cuprous_ops::all_scans().flat_map(|s| s.rows) {
        sources.extend(scan::sources_of_scan(row).into_iter().step_by(2));
    }
    sources.extend(gather::usual_sources_of_gather());
    sources.extend(scatter::usual_sources_of_scatter());
    sources.extend(sort::usual_sources_of_sort());
    sources.extend(matmul::sources_of_matmul());
    sources.extend(random::sources_of_random());
    sources.extend(fft::sources_of_fft());
    sources.extend(linalg::sources_of_linalg());
    sources
}

/// One kernel of each row, reductions in both shapes: what CI can afford.
fn one_of_each() -> Vec<Source> {
    let mut sources: Vec<Source> = programs().iter().filter_map(|p| elementwise::sources_of_elementwise(p).into_iter().next()).collect();
    for row in cuprous_ops::all_reductions().flat_map(|r| r.rows) {
        sources.extend(reduce::sources_of_reduce(&load(row.input), row).into_iter().take(2));
    }
    for row in cuprous_ops::all_scans().flat_map(|s| s.rows) {
        sources.extend(scan::sources_of_scan(row).into_iter().take(1));
    }
    for row in cuprous_ops::all_ufuncs().flat_map(|u| u.loops) {
        sources.extend(fold::sources_of_fold(row).into_iter().take(1));
    }
    sources.extend(matmul::sources_of_matmul());
    sources.extend(linalg::sources_of_linalg());
    sources.extend(random::sources_of_random());
    sources
}
