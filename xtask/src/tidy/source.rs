//! Just enough of Rust's lexical grammar to tell code from comments and strings.

/// A source text taken apart. Lines keep their numbers.
pub struct Source {
    /// The text with comments and the insides of strings blanked
    pub code: Vec<String>,
    /// The contents of string literals, each with the line where it begins and the column of its first quote
    pub strings: Vec<Literal>,
    /// The first line of `#[cfg(test)]` at the left margin: what follows is tests
    pub tests_from: usize,
}

/// A string literal.
pub struct Literal {
    /// Counted from 1
    pub line: usize,
    /// Counted from 0, in characters of the line
    pub column: usize,
    /// What stands between the quotes, escapes as written
    pub text: String,
}

#[derive(Clone, Copy)]
enum State {
    Code,
    LineComment,
    BlockComment(usize),
    /// With the number of `#` of a raw string; `None` if escapes count
    String(Option<usize>),
}

impl Source {
    /// Takes a text apart.
    pub fn parse(text: &str) -> Source {
        let chars: Vec<char> = text.chars().collect();
        let mut code = vec![String::new()];
        let mut strings = Vec::new();
        let mut state = State::Code;
        let mut k = 0;
        while k < chars.len() {
            let (c, next) = (chars[k], chars.get(k + 1).copied().unwrap_or('\0'));
            let line = code.len();
            if c == '\n' {
                if matches!(state, State::LineComment) {
                    state = State::Code;
                }
                if let (State::String(_), Some(literal)) = (state, strings.last_mut()) {
                    let literal: &mut Literal = literal;
                    literal.text.push(c);
                }
                code.push(String::new());
                k += 1;
                continue;
            }
            let column = code[line - 1].chars().count();
            let mut used = 1;
            let mut keep = false;
            match state {
                State::Code => match c {
                    '/' if next == '/' => state = State::LineComment,
                    '/' if next == '*' => (state, used) = (State::BlockComment(1), 2),
                    '"' => {
                        let hashes = raw_hashes(&chars[..k]);
                        state = State::String(hashes);
                        strings.push(Literal { line, column, text: String::new() });
                        keep = true;
                    }
                    // A character, or the quote of a lifetime.
                    '\'' if next == '\\' => used = chars[k + 2..].iter().skip(1).position(|&x| x == '\'').map_or(1, |n| n + 4),
                    '\'' if chars.get(k + 2) == Some(&'\'') => used = 3,
                    _ => keep = true,
                },
                State::LineComment => {}
                State::BlockComment(depth) => match (c, next) {
                    ('*', '/') => (state, used) = (if depth == 1 { State::Code } else { State::BlockComment(depth - 1) }, 2),
                    ('/', '*') => (state, used) = (State::BlockComment(depth + 1), 2),
                    _ => {}
                },
                State::String(hashes) => {
                    let ends = c == '"' && chars[k + 1..].iter().take_while(|&&x| x == '#').count() >= hashes.unwrap_or(0);
                    if ends {
                        (state, keep) = (State::Code, true);
                    } else {
                        if c == '\\' && hashes.is_none() && next != '\n' {
                            used = 2;
                        }
                        if let Some(literal) = strings.last_mut() {
                            literal.text.extend(&chars[k..(k + used).min(chars.len())]);
                        }
                    }
                }
            }
            let place = &mut code[line - 1];
            if keep {
                place.push(c);
            } else {
                place.extend(std::iter::repeat_n(' ', used));
            }
            k += used;
        }
        let tests_from = code.iter().position(|l| l.starts_with("#[cfg(test)]")).map_or(usize::MAX, |k| k + 1);
        Source { code, strings, tests_from }
    }

    /// The lines of code, counted from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.code.iter().enumerate().map(|(k, line)| (k + 1, line.as_str()))
    }
}

/// The number of `#` between an `r` and the quote that follows `before`; `None` for a string with escapes.
fn raw_hashes(before: &[char]) -> Option<usize> {
    let hashes = before.iter().rev().take_while(|&&c| c == '#').count();
    let rest = &before[..before.len() - hashes];
    let is_raw = rest.last() == Some(&'r')
        && !rest.len().checked_sub(2).and_then(|k| rest.get(k)).is_some_and(|c| c.is_alphanumeric() && !matches!(c, 'b' | 'c'));
    is_raw.then_some(hashes)
}

/// Where `word` stands alone in a line, as an identifier does.
pub fn find_word(line: &str, word: &str) -> Option<usize> {
    let is_part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
    line.match_indices(word)
        .map(|(at, _)| at)
        .find(|&at| !is_part(line[..at].chars().next_back()) && !is_part(line[at + word.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_strings_are_no_code() {
        let text = "let a = \"unsafe\"; // unsafe\n/* unsafe /* nested */ unsafe */ let b = r#\"un\"safe\"#;\nlet c = 'x'; let d: &'static str = '\\'';";
        let source = Source::parse(text);
        assert!(source.code.iter().all(|l| !l.contains("unsafe")), "{:?}", source.code);
        assert!(source.code[1].contains("let b = r#\""));
        assert!(source.code[2].contains("let d: &'static str"));
        let strings: Vec<_> = source.strings.iter().map(|s| (s.line, s.text.as_str())).collect();
        assert_eq!(strings, [(1, "unsafe"), (2, "un\"safe")]);
    }

    #[test]
    fn strings_over_lines_keep_line_numbers() {
        let source = Source::parse("f(\"a\n\\\" b\",\n\"c\");");
        assert_eq!(source.code.len(), 3);
        assert_eq!(source.strings.iter().map(|s| (s.line, s.text.as_str())).collect::<Vec<_>>(), [(1, "a\n\\\" b"), (3, "c")]);
    }

    #[test]
    fn tests_begin_at_their_attribute() {
        assert_eq!(Source::parse("fn f() {}\n#[cfg(test)]\nmod tests {}").tests_from, 2);
    }

    #[test]
    fn words_stand_alone() {
        assert_eq!(find_word("an unsafe_fn unsafe fn", "unsafe"), Some(13));
        assert_eq!(find_word("unsafely", "unsafe"), None);
    }
}
