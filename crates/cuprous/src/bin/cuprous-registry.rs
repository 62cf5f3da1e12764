//! Prints the tables and the functions: `--json` for tools, `--page` as the reference page.

use cuprous_array::function::{Param, all_functions};
use cuprous_core::op::TestSpec;
use std::fmt::Write;

fn main() {
    match std::env::args().nth(1).as_deref() {
        Some("--page") => print!("{}", page()),
        _ => println!("{}", registry()),
    }
}

/// The reference: every ufunc with its loops, every reduction and scan with its rows, every function with its signature.
fn page() -> String {
    let mut out = String::from(
        "# Reference\n\nMade from the tables and the registered functions by `cargo xtask gen`. Type characters are NumPy's.\n",
    );
    let chars = |dtypes: &[cuprous_core::DType]| dtypes.iter().map(|d| d.char()).collect::<String>();
    out.push_str("\n## Functions\n\n| function | what it does |\n|---|---|\n");
    for f in all_functions() {
        let module = if f.module.is_empty() { String::new() } else { format!("{}.", f.module) };
        let first = f.doc.trim().lines().next().unwrap_or_default();
        let _ = writeln!(out, "| `{module}{}{}` | {first} |", f.name, f.signature);
    }
    out.push_str("\n## Element-wise functions\n\nEach takes `out=None, *, where=True, casting='same_kind', order='K', dtype=None`.\n\n");
    out.push_str("| ufunc | what it does | loops | tested against | within |\n|---|---|---|---|---|\n");
    for u in cuprous_ops::all_ufuncs() {
        let loops: Vec<String> = u.loops.iter().map(|l| format!("{}->{}", chars(l.ins), chars(l.outs))).collect();
        let doc = u.doc.split_whitespace().collect::<Vec<_>>().join(" ");
        let within = if u.test.ulp == 0 { "equal bits".into() } else { format!("{} ulp", u.test.ulp) };
        let _ = writeln!(out, "| `{}({})` | {doc} | {} | `{}` | {within} |", u.name, u.args.join(", "), loops.join(" "), u.test.reference);
    }
    out.push_str("\n## Reductions and scans\n\n| name | rows | tested against |\n|---|---|---|\n");
    for r in cuprous_ops::all_reductions() {
        let rows: Vec<String> = r.rows.iter().map(|row| format!("{}->{}", row.input.char(), row.output.char())).collect();
        let _ = writeln!(out, "| `{}` | {} | `{}` |", r.name, rows.join(" "), r.test.reference);
    }
    for s in cuprous_ops::all_scans() {
        let rows: Vec<String> = s.rows.iter().map(|row| format!("{}->{}", row.input.char(), row.output.char())).collect();
        let _ = writeln!(out, "| `{}` | {} | `{}` |", s.name, rows.join(" "), s.test.reference);
    }
    out
}

/// A string as JSON.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            c if (c as u32) < 32 => {
                let _ = write!(out, "\\u{:04x}", c as u32);
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

fn test(spec: &TestSpec) -> String {
    format!("\"reference\": {}, \"ulp\": {}", quoted(spec.reference), spec.ulp)
}

/// Parameters with what they take.
fn params(params: &[Param]) -> String {
    list(params.iter().map(|p| {
        format!("{{\"name\": {}, \"kind\": \"{:?}\", \"optional\": {}, \"mode\": \"{:?}\"}}", quoted(p.name), p.kind, p.is_optional, p.mode)
    }))
}

fn registry() -> String {
    let chars = |dtypes: &[cuprous_core::DType]| dtypes.iter().map(|d| d.char()).collect::<String>();
    let ufuncs = cuprous_ops::all_ufuncs().map(|u| {
        format!(
            "\n  {{\"name\": {}, \"args\": {}, \"public\": {}, \"types\": {}, {}, \"doc\": {}}}",
            quoted(u.name),
            list(u.args.iter().map(|a| quoted(a))),
            u.is_public,
            list(u.loops.iter().map(|l| quoted(&format!("{}->{}", chars(l.ins), chars(l.outs))))),
            test(&u.test),
            quoted(u.doc.trim())
        )
    });
    let reductions = cuprous_ops::all_reductions().map(|r| {
        let rows = r.rows.iter().map(|row| quoted(&format!("{}->{}", row.input.char(), row.output.char())));
        format!("\n  {{\"name\": {}, \"types\": {}, {}}}", quoted(r.name), list(rows), test(&r.test))
    });
    let scans = cuprous_ops::all_scans().map(|s| {
        let rows = s.rows.iter().map(|row| quoted(&format!("{}->{}", row.input.char(), row.output.char())));
        format!("\n  {{\"name\": {}, \"types\": {}, {}}}", quoted(s.name), list(rows), test(&s.test))
    });
    let functions = all_functions().into_iter().map(|f| {
        format!(
            "\n  {{\"name\": {}, \"module\": {}, \"chapter\": {}, \"signature\": {}, \"params\": {}, \"returns\": {}, \"method\": {}, \"doc\": {}}}",
            quoted(f.name),
            quoted(f.module),
            quoted(f.chapter()),
            quoted(f.signature),
            params(f.params),
            quoted(&(f.returns)()),
            f.method.as_ref().map_or("null".into(), |m| params(m.params)),
            quoted(f.doc.trim())
        )
    });
    format!(
        "{{\"ufuncs\": {},\n\"reductions\": {},\n\"scans\": {},\n\"functions\": {}}}",
        list(ufuncs),
        list(reductions),
        list(scans),
        list(functions)
    )
}
