//! Python's text signatures.

/// How an argument may be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Before `/`
    PositionalOnly,
    /// Neither
    Either,
    /// After `*`
    KeywordOnly,
    /// `*args`
    Variadic,
}

/// A default value.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `None`
    None,
    /// `True`, `False`
    Bool(bool),
    /// An integer
    Int(i64),
    /// A float
    Float(f64),
    /// A word in quotes
    Str(String),
    /// A tuple of integers
    Ints(Vec<isize>),
}

/// A parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Param {
    /// Its name
    pub name: String,
    /// How it is given
    pub mode: Mode,
    /// Its default; without one it must be given
    pub default: Option<Literal>,
}

/// Reads `(a, /, b=1, *, c='K')`.
pub fn parse(text: &str) -> Result<Vec<Param>, String> {
    let inner = text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).ok_or("a signature stands in parentheses: (a, axis=None)")?;
    let mut params: Vec<Param> = Vec::new();
    let mut mode = Mode::Either;
    for item in items_of(inner) {
        match item {
            "" if inner.trim().is_empty() => {}
            "" => return Err("a parameter is missing between commas".into()),
            "/" if mode == Mode::Either && !params.is_empty() => {
                if params[0].mode == Mode::PositionalOnly {
                    return Err("there is more than one /".into());
                }
                params.iter_mut().for_each(|p| p.mode = Mode::PositionalOnly);
            }
            "/" => return Err("/ follows positional parameters".into()),
            "*" if mode == Mode::Either => mode = Mode::KeywordOnly,
            "*" => return Err("there is more than one *".into()),
            _ => {
                if let Some(name) = item.strip_prefix('*') {
                    if mode != Mode::Either {
                        return Err("there is more than one *".into());
                    }
                    params.push(Param { name: identifier(name)?, mode: Mode::Variadic, default: None });
                    mode = Mode::KeywordOnly;
                    continue;
                }
                let (name, default) = match item.split_once('=') {
                    Some((name, default)) => (name, Some(literal(default.trim())?)),
                    None => (item, None),
                };
                let name = identifier(name.trim())?;
                if params.iter().any(|p| p.name == name) {
                    return Err(format!("{name} stands there twice"));
                }
                if mode == Mode::Either && default.is_none() && params.last().is_some_and(|p| p.default.is_some()) {
                    return Err(format!("{name} has no default but follows one that has"));
                }
                params.push(Param { name, mode, default });
            }
        }
    }
    Ok(params)
}

/// The text of a method's signature, as Python's builtins have it: `($self, /, axis=None)`.
pub fn method_text(params: &[Param]) -> String {
    let mut items = vec![String::from("$self")];
    items.extend(params.iter().filter(|p| p.mode == Mode::PositionalOnly).map(Param::text));
    items.push("/".into());
    items.extend(params.iter().filter(|p| matches!(p.mode, Mode::Either | Mode::Variadic)).map(Param::text));
    let named = params.iter().filter(|p| p.mode == Mode::KeywordOnly);
    if named.clone().next().is_some() && params.iter().all(|p| p.mode != Mode::Variadic) {
        items.push("*".into());
    }
    items.extend(named.map(Param::text));
    format!("({})", items.join(", "))
}

impl Param {
    fn text(&self) -> String {
        let star = if self.mode == Mode::Variadic { "*" } else { "" };
        match &self.default {
            None => format!("{star}{}", self.name),
            Some(default) => format!("{}={}", self.name, default.text()),
        }
    }
}

impl Literal {
    fn text(&self) -> String {
        match self {
            Literal::None => "None".into(),
            Literal::Bool(true) => "True".into(),
            Literal::Bool(false) => "False".into(),
            Literal::Int(i) => i.to_string(),
            Literal::Float(x) => format!("{x:?}"),
            Literal::Str(s) => format!("'{s}'"),
            Literal::Ints(ints) => {
                let ints: Vec<String> = ints.iter().map(isize::to_string).collect();
                if ints.len() == 1 { format!("({},)", ints[0]) } else { format!("({})", ints.join(", ")) }
            }
        }
    }
}

/// What stands between commas that are in no parentheses.
fn items_of(inner: &str) -> Vec<&str> {
    let (mut depth, mut start, mut items) = (0, 0, Vec::new());
    for (at, c) in inner.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            ',' if depth == 0 => {
                items.push(inner[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    items.push(inner[start..].trim());
    items
}

fn identifier(name: &str) -> Result<String, String> {
    let is_name =
        !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if is_name { Ok(name.into()) } else { Err(format!("{name:?} is no name")) }
}

fn literal(text: &str) -> Result<Literal, String> {
    Ok(match text {
        "None" => Literal::None,
        "True" => Literal::Bool(true),
        "False" => Literal::Bool(false),
        _ => {
            if let Some(inner) = text.strip_prefix('(').and_then(|t| t.strip_suffix(')'))
                && let Ok(ints) = inner.trim_end_matches(',').split(',').map(|i| i.trim().parse()).collect()
            {
                return Ok(Literal::Ints(ints));
            }
            let quoted = ['\'', '"'].into_iter().find_map(|q| text.strip_prefix(q)?.strip_suffix(q));
            match (quoted, text.parse(), text.parse()) {
                (Some(word), _, _) => Literal::Str(word.into()),
                (_, Ok(i), _) => Literal::Int(i),
                (_, _, Ok(x)) if text.starts_with(|c: char| c.is_ascii_digit() || c == '-' || c == '.') => Literal::Float(x),
                _ => {
                    return Err(format!(
                        "{text} is no default that can be read: None, True, False, a number, a word in quotes or a tuple of integers"
                    ));
                }
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match parse(text) {
            Ok(params) => params.iter().map(|p| format!("{} {:?} {:?}; ", p.name, p.mode, p.default)).collect(),
            Err(e) => e,
        }
    }

    #[test]
    fn modes_and_defaults() {
        assert_eq!(
            shown("(a, /, b=-1, c='K', *, d=None, e)"),
            "a PositionalOnly None; b Either Some(Int(-1)); c Either Some(Str(\"K\")); d KeywordOnly Some(None); e KeywordOnly None; "
        );
        assert_eq!(shown("()"), "");
        assert_eq!(shown("(*args, subok=False)"), "args Variadic None; subok KeywordOnly Some(Bool(false)); ");
        assert_eq!(shown("(x=1e-8)"), "x Either Some(Float(1e-8)); ");
        assert_eq!(shown("(x=(-2, -1), y=(3,))"), "x Either Some(Ints([-2, -1])); y Either Some(Ints([3])); ");
    }

    #[test]
    fn signatures_of_methods() {
        let text = |t: &str| parse(t).map(|p| method_text(&p));
        assert_eq!(text("(axis=None, *, where=True)"), Ok("($self, /, axis=None, *, where=True)".into()));
        assert_eq!(text("(n, /, order='C', eps=1e-8)"), Ok("($self, n, /, order='C', eps=1e-8)".into()));
        assert_eq!(text("(*shape, copy=None)"), Ok("($self, /, *shape, copy=None)".into()));
        assert_eq!(text("()"), Ok("($self, /)".into()));
    }

    #[test]
    fn what_is_wrong_is_told() {
        assert_eq!(shown("a, b"), "a signature stands in parentheses: (a, axis=None)");
        assert_eq!(shown("(a=1, b)"), "b has no default but follows one that has");
        assert_eq!(shown("(a, a)"), "a stands there twice");
        assert_eq!(shown("(a, /, b, /)"), "there is more than one /");
        assert_eq!(shown("(a, *, *)"), "there is more than one *");
        assert_eq!(shown("(a, , b)"), "a parameter is missing between commas");
        assert_eq!(
            shown("(a=float)"),
            "float is no default that can be read: None, True, False, a number, a word in quotes or a tuple of integers"
        );
    }
}
