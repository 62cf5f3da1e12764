//! Prints the tables and the functions as JSON: what generated files are made from.

use cuprous_core::op::TestSpec;
use std::fmt::Write;

fn main() {
    println!("{}", registry());
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
    format!("{{\"ufuncs\": {},\n\"reductions\": {},\n\"scans\": {}}}", list(ufuncs), list(reductions), list(scans))
}
