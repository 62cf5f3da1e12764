//! What a preprocessed text declares: its kernels, its variables, and its dynamic shared arrays.
//!
//! The header marks kernels with an attribute written three times, variables that the host may ask for twice or four
//! times. Only what stands at the level of namespaces counts.

use std::fmt::Write;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Exports {
    /// Names of kernels by which they are asked for, with those that C++ knows them by
    kernels: Vec<(String, String)>,
    /// The same of variables
    variables: Vec<(String, String)>,
    /// Symbols of the arrays
    shared: Vec<String>,
}

const MARK: &str = "__unused__";

/// The words and signs of a text without comments, strings among them as one.
fn tokens(text: &str) -> Vec<&str> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::new(), 0);
    let mut line_begins = true;
    while at < bytes.len() {
        let c = bytes[at];
        let start = at;
        match c {
            b'\n' => {
                line_begins = true;
                at += 1;
                continue;
            }
            b'#' if line_begins => {
                // Which line of which file follows.
                at += text[at..].find('\n').unwrap_or(text.len() - at);
                continue;
            }
            c if c.is_ascii_whitespace() => {
                at += 1;
                continue;
            }
            b'"' if out.last().is_some_and(|&t: &&str| t.ends_with('R') && matches!(t, "R" | "LR" | "u8R" | "uR" | "UR")) => {
                let name = text[at + 1..].split('(').next().unwrap_or_default();
                let end = format!("){name}\"");
                at += text[at..].find(&end).map_or(text.len() - at, |n| n + end.len());
            }
            b'"' | b'\'' => {
                at += 1;
                while at < bytes.len() && bytes[at] != c {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at = (at + 1).min(bytes.len());
            }
            c if c.is_ascii_alphanumeric() || c == b'_' || c >= 0x80 => {
                // A quote inside a number separates its digits.
                let is_number = c.is_ascii_digit();
                while at < bytes.len()
                    && (bytes[at].is_ascii_alphanumeric() || bytes[at] == b'_' || bytes[at] >= 0x80 || is_number && bytes[at] == b'\'')
                {
                    at += 1;
                }
            }
            b':' if bytes.get(at + 1) == Some(&b':') => at += 2,
            _ => at += 1,
        }
        line_begins = false;
        while !text.is_char_boundary(at) {
            at += 1;
        }
        out.push(&text[start..at]);
    }
    out
}

/// What a brace opened.
enum Scope {
    Namespace(String),
    Linkage,
    Other,
}

/// The names of the namespaces around a place, those without one left out.
fn spaces(scopes: &[Scope]) -> impl Iterator<Item = &str> {
    scopes.iter().filter_map(|s| if let Scope::Namespace(n) = s { Some(&n[..]) } else { None }).filter(|n| !n.is_empty())
}

fn is_word(token: &str) -> bool {
    token.bytes().next().is_some_and(|c| c.is_ascii_alphabetic() || c == b'_' || c >= 0x80)
}

/// Reads a preprocessed text.
pub fn find(text: &str) -> Exports {
    let tokens = tokens(text);
    let mut found = Exports::default();
    let mut scopes: Vec<Scope> = Vec::new();
    // Where the statement began that is being read.
    let mut begin = 0;
    let mut k = 0;
    while k < tokens.len() {
        match tokens[k] {
            "{" => {
                let before = &tokens[begin..k];
                scopes.push(match before {
                    ["namespace", name] | ["inline", "namespace", name] => Scope::Namespace(name.to_string()),
                    ["namespace", path @ ..] => Scope::Namespace(path.concat()),
                    ["extern", linkage] if linkage.starts_with('"') => Scope::Linkage,
                    _ => {
                        found.statement(before, &scopes);
                        Scope::Other
                    }
                });
                begin = k + 1;
            }
            "}" => {
                scopes.pop();
                begin = k + 1;
            }
            ";" => {
                found.statement(&tokens[begin..k], &scopes);
                begin = k + 1;
            }
            // Braces in parentheses are values.
            "(" => k = close(&tokens, k),
            _ => {}
        }
        k += 1;
    }
    found
}

/// The place of the parenthesis that closes the one at `k`.
fn close(tokens: &[&str], k: usize) -> usize {
    let mut depth = 0usize;
    for (j, t) in tokens.iter().enumerate().skip(k) {
        match *t {
            "(" => depth += 1,
            ")" => {
                depth -= 1;
                if depth == 0 {
                    return j;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

impl Exports {
    fn statement(&mut self, tokens: &[&str], scopes: &[Scope]) {
        if tokens.first() == Some(&"extern") || tokens.contains(&"thread_local") {
            self.shared_array(tokens, scopes);
        }
        if scopes.iter().any(|s| matches!(s, Scope::Other)) || tokens.first() == Some(&"template") {
            return;
        }
        let marks = tokens.iter().filter(|t| **t == MARK).count();
        // The attributes are gone, the rest is a declaration.
        let mut plain = Vec::new();
        let mut k = 0;
        while k < tokens.len() {
            if matches!(tokens[k], "__attribute__" | "alignas" | "__declspec" | "decltype") && tokens.get(k + 1) == Some(&"(") {
                k = close(tokens, k + 1);
            } else {
                plain.push(tokens[k]);
            }
            k += 1;
        }
        let space: String = spaces(scopes).map(|n| format!("{n}::")).collect();
        let named = |name: &str| (name.to_string(), format!("{space}{name}"));
        // Kernels are asked for by the name that C gives them.
        let is_c = matches!(plain.first(), Some(&"extern")) && plain.get(1).is_some_and(|t| t.starts_with('"'))
            || scopes.iter().any(|s| matches!(s, Scope::Linkage));
        let first_paren = plain.iter().position(|t| *t == "(");
        match marks {
            n if n % 2 == 1 => {
                if let Some(name) = first_paren.and_then(|p| plain[..p].last()).filter(|n| is_word(n))
                    && is_c
                {
                    let entry = named(name);
                    if !self.kernels.contains(&entry) {
                        self.kernels.push(entry);
                    }
                }
            }
            0 => {}
            _ => {
                // Declarators: the word in front of a bracket, an equals sign, a comma or the end.
                let mut depth = 0i32;
                let mut last = None;
                let mut in_value = false;
                for t in plain.iter().chain([&","]) {
                    match *t {
                        "(" if depth == 0 && !in_value => return,
                        "(" | "[" | "<" | "{" => {
                            if *t == "[" && depth == 0 && !in_value {
                                self.variable(last.take(), &named, &space);
                            }
                            depth += 1;
                        }
                        ")" | "]" | ">" | "}" => depth -= 1,
                        "=" if depth == 0 => {
                            self.variable(last.take(), &named, &space);
                            in_value = true;
                        }
                        "," if depth == 0 => {
                            self.variable(last.take(), &named, &space);
                            in_value = false;
                        }
                        word if depth == 0 && !in_value && is_word(word) => last = Some(word),
                        _ => {}
                    }
                }
            }
        }
    }

    fn variable(&mut self, name: Option<&str>, named: &impl Fn(&str) -> (String, String), space: &str) {
        // A variable in a namespace has another name for the linker: an expression asks for it.
        if let Some(name) = name.filter(|n| space.is_empty() && !matches!(*n, "struct" | "class" | "union" | "enum" | "const")) {
            let entry = named(name);
            if !self.variables.contains(&entry) {
                self.variables.push(entry);
            }
        }
    }

    /// `extern thread_local T name[]`, wherever it stands.
    fn shared_array(&mut self, tokens: &[&str], scopes: &[Scope]) {
        let Some(at) = tokens.iter().position(|t| *t == "extern") else { return };
        let Some(bracket) = tokens[at..].windows(2).position(|w| w == ["[", "]"]) else { return };
        let Some(name) = tokens[at..at + bracket].last().filter(|n| is_word(n)) else { return };
        if !tokens.contains(&"thread_local") {
            return;
        }
        let spaces: Vec<&str> = spaces(scopes).collect();
        let symbol = if spaces.is_empty() {
            name.to_string()
        } else {
            let all = spaces.iter().flat_map(|s| s.split("::")).chain([*name]);
            format!("_ZN{}E", all.map(|n| format!("{}{n}", n.len())).collect::<String>())
        };
        if !self.shared.contains(&symbol) {
            self.shared.push(symbol);
        }
    }

    /// Appends the table of the library: names, kernels and variables, and those of expressions.
    pub fn append_to(&self, text: &mut String, expressions: &[String]) {
        text.push_str("\n# 1 \"cuprous\"\n");
        for symbol in &self.shared {
            _ = writeln!(
                text,
                "__asm__(\".pushsection .tbss,\\\"awT\\\",%nobits\\n.globl {symbol}\\n.hidden {symbol}\\n.type {symbol},%object\\n.balign 128\\n{symbol}: .zero {MAX_SHARED}\\n.size {symbol},{MAX_SHARED}\\n.popsection\");"
            );
        }
        text.push_str("static const cup_host::Record cup_records[] = {\n");
        for (name, path) in self.kernels.iter().chain(&self.variables) {
            _ = writeln!(text, "cup_host::record_of(\"{name}\", ::{path}),");
        }
        for expression in expressions {
            let quoted = expression.replace('\\', "\\\\").replace('"', "\\\"");
            let plain = expression.trim().trim_start_matches('&');
            _ = writeln!(text, "cup_host::record_of(\"{quoted}\", {plain}),");
        }
        let n = self.kernels.len() + self.variables.len() + expressions.len();
        _ = writeln!(
            text,
            "{{0, 0, 0, 0, 0}}}};\nextern \"C\" __attribute__((visibility(\"default\"))) const cup_host::Library cup_library;\nextern \"C\" const cup_host::Library cup_library = {{{n}, cup_records, cup_host::new_worker, cup_host::run_block, cup_host::end, cup_host::fault}};"
        );
    }
}

/// The most dynamic shared memory that a launch can ask for: what the H200 has.
pub const MAX_SHARED: usize = 232_448;

#[cfg(test)]
mod tests {
    use super::*;

    const KERNEL: &str = "__attribute__((__unused__, __unused__, __unused__))";
    const DEVICE: &str = "__attribute__((__unused__, __unused__))";
    const CONSTANT: &str = "__attribute__((__unused__, __unused__, __unused__, __unused__))";

    fn names(list: &[(String, String)]) -> Vec<&str> {
        list.iter().map(|(_, path)| &path[..]).collect()
    }

    #[test]
    fn kernels_and_variables_are_found() {
        let text = format!(
            r#"# 1 "a.cu"
{CONSTANT} float table[4]; {DEVICE} volatile int a = 5, *b = nullptr, c;
{DEVICE} int twice(int x) {{ {DEVICE} int inner; return 2 * x; }}
template <typename T> {KERNEL} void t(T* x) {{}}
extern "C" {KERNEL} void f(float* x, int n) {{ const char* s = "}} __global__ {{"; char c = '"'; long z = 1'000; (void)[]{{ return 1; }}; }}
extern "C" {{ {KERNEL} __attribute__((aligned(4))) void g(); }}
{KERNEL} void mangled(int) {{}}
namespace one {{ namespace {{ {DEVICE} int w; }} extern "C" {KERNEL} void h() {{ extern thread_local double d[]; }} }}
struct S {{ {DEVICE} S() : v(0) {{}} {DEVICE} static int q; int v; }};
extern "C" {KERNEL} void r() {{ extern thread_local __attribute__((aligned(16))) unsigned char buf[]; R"x(){{)x"; }}
{DEVICE} struct S made; {DEVICE} const double k[2][2] = {{{{1, 2}}, {{3, 4}}}};
"#
        );
        let found = find(&text);
        assert_eq!(names(&found.kernels), ["f", "g", "one::h", "r"]);
        assert_eq!(names(&found.variables), ["table", "a", "b", "c", "made", "k"]);
        assert_eq!(found.shared, ["_ZN3one1dE", "buf"]);
    }

    #[test]
    fn any_text_is_read() {
        for text in ["", "}", "((", "\"abc", "'", "R\"(", "extern", "# 1", "namespace {", "é", "extern thread_local [ ]", "\"\\"] {
            find(text);
        }
    }
}
