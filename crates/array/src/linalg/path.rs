//! The order in which `einsum` may join its operands, and what that costs.

use super::einsum::{Sizes, path_of, sizes_of};
use super::subscripts::{DOTS, Label, letter, read};
use crate::function::{Any, Value, function};
use cuprous_core::{Error, Result};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The order in which `einsum` may join its operands at least cost, and a table that tells the costs.
///
/// # Parameters
/// - `operands`: as for `einsum`.
/// - `optimize`: `'greedy'` (or True) takes the pair that shrinks the data most, again and again; `'optimal'` tries all orders;
///   False (or None) joins all at once. A tuple of such a word and a number limits the elements of what is made between, by
///   default to those of the largest operand or result. A list `['einsum_path', (0, 1), ...]` is only judged.
/// - `einsum_call`: must be False.
///
/// # Returns
/// The path, a list `['einsum_path', (0, 1), ...]` that `einsum` takes as `optimize`; and the table, a string.
///
/// # Errors
/// - `Value`: subscripts that do not fit the operands, sizes that differ, another word.
/// - `Runtime`: a path that leaves operands.
///
/// # Differs from NumPy
/// The letters that stand for the axes of an ellipsis are the last unused ones. Another word raises ValueError.
///
/// # Source
/// `numpy.einsum_path`
///
/// # Examples
/// ```python
/// >>> a, b = cp.ones((2, 10)), cp.ones((10, 10))
/// >>> path, table = cp.einsum_path('ij,jk,kl->il', a, b, b)
/// >>> path
/// ['einsum_path', (0, 1), (0, 1)]
/// ```
#[function(signature = "(*operands, optimize='greedy', einsum_call=False)")]
pub fn einsum_path(operands: Any, optimize: Any, einsum_call: bool) -> Result<Value> {
    if einsum_call {
        return Err(Error::unsupported("einsum_path with einsum_call=True"));
    }
    let arguments = if let Value::Tuple(all) = operands.0 { &all[..] } else { &[] };
    let subscripts = read(arguments)?;
    let sizes = sizes_of(&subscripts, None)?;
    let sets: Vec<Labels> = subscripts.inputs.iter().map(|labels| labels.iter().copied().collect()).collect();
    let output: Labels = subscripts.output.iter().copied().collect();
    let all: Labels = sets.iter().flatten().copied().collect();
    let n = sets.len();
    // An axis that an operand names twice counts twice here, as in NumPy.
    let extents = |labels: &[Label]| labels.iter().fold(1, |n: i128, l| n.saturating_mul(sizes[l] as i128));
    let largest = subscripts.inputs.iter().chain([&subscripts.output]).map(|labels| extents(labels)).max().unwrap_or(1);
    let search = Search { output: &output, sizes: &sizes };
    let (word, limit) = word_of(optimize.0, largest);
    let given = path_of(optimize.0, n)?;
    let path: Vec<Vec<usize>> = match given {
        Some(path) => path,
        None if word.is_empty() || n <= 2 || all == output => vec![(0..n).collect()],
        None if word == "optimal" => search.optimal(sets.clone(), limit),
        None => search.greedy(sets.clone(), limit),
    };
    let table = search.table(&subscripts.inputs, &subscripts.output, sets, &path);
    let step = |places: &Vec<usize>| Value::Tuple(places.iter().map(|&k| Value::Int(k as i64)).collect());
    let steps: Vec<Value> = match optimize.0 {
        Value::Tuple(items) if matches!(items.first(), Some(Value::Str(s)) if s == "einsum_path") => items[1..].to_vec(),
        _ => path.iter().map(step).collect(),
    };
    let list = [Value::Str("einsum_path".into())].into_iter().chain(steps).collect();
    Ok(Value::Tuple(vec![Value::List(list), Value::Str(table.into())]))
}

type Labels = BTreeSet<Label>;

/// The way that `optimize` names, none for all at once, and the most elements between.
fn word_of(optimize: &Value, largest: i128) -> (&str, i128) {
    match optimize {
        Value::Bool(true) => ("greedy", largest),
        Value::Str(word) => (word, largest),
        Value::Tuple(items) => match &items[..] {
            [Value::Str(word), Value::Int(limit)] => (word, (*limit).into()),
            [Value::Str(word), Value::Float(limit)] => (word, *limit as i128),
            [Value::Str(word), Value::Weak(limit)] => {
                (word, limit.to_scalar(cuprous_core::DType::F64).map_or(largest, |s| s.to::<f64>() as i128))
            }
            _ => ("", largest),
        },
        _ => ("", largest),
    }
}

/// What paths are judged by.
struct Search<'a> {
    output: &'a Labels,
    sizes: &'a Sizes,
}

/// A join of some terms.
struct Joined {
    /// Labels of the terms that are joined
    all: Labels,
    /// Those that the others or the result need
    kept: Labels,
    /// Multiplications and additions
    cost: i128,
    /// The terms that are left, and the new one as the last
    terms: Vec<Labels>,
}

impl Search<'_> {
    fn extent(&self, labels: &Labels) -> i128 {
        labels.iter().fold(1, |n: i128, l| n.saturating_mul(self.sizes[l] as i128))
    }

    fn join(&self, places: &[usize], terms: &[Labels]) -> Joined {
        let (mut all, mut wanted, mut left) = (Labels::new(), self.output.clone(), Vec::new());
        for (k, labels) in terms.iter().enumerate() {
            if places.contains(&k) {
                all.extend(labels);
            } else {
                wanted.extend(labels);
                left.push(labels.clone());
            }
        }
        let kept: Labels = all.intersection(&wanted).copied().collect();
        let cost = self.cost(&all, kept.len() < all.len(), places.len());
        left.push(kept.clone());
        Joined { all, kept, cost, terms: left }
    }

    /// One multiplication less than terms for each element, and an addition where something is summed.
    fn cost(&self, all: &Labels, is_summed: bool, n_terms: usize) -> i128 {
        self.extent(all).saturating_mul(n_terms.saturating_sub(1).max(1) as i128 + i128::from(is_summed))
    }

    /// All orders of pairs, with those left out that make something too large.
    fn optimal(&self, terms: Vec<Labels>, limit: i128) -> Vec<Vec<usize>> {
        let n = terms.len();
        let mut found: Vec<(i128, Vec<Vec<usize>>, Vec<Labels>)> = vec![(0, Vec::new(), terms)];
        for step in 0..n - 1 {
            let mut next = Vec::new();
            for (cost, path, terms) in &found {
                for pair in pairs(n - step) {
                    let joined = self.join(&pair, terms);
                    if self.extent(&joined.kept) <= limit {
                        let path = path.iter().cloned().chain([pair.to_vec()]).collect();
                        next.push((cost + joined.cost, path, joined.terms));
                    }
                }
            }
            if next.is_empty() {
                let mut path = first_least(found);
                path.push((0..n - step).collect());
                return path;
            }
            found = next;
        }
        first_least(found)
    }

    /// Again and again the pair that shrinks the data most; those that share no label only where no others do.
    fn greedy(&self, mut terms: Vec<Labels>, limit: i128) -> Vec<Vec<usize>> {
        let naive = self.join(&(0..terms.len()).collect::<Vec<_>>(), &terms).cost;
        let (mut path, mut spent) = (Vec::new(), 0);
        let mut known: Vec<((i128, i128), [usize; 2])> = Vec::new();
        let mut candidates = pairs(terms.len());
        for _ in 1..terms.len() {
            let judge = |pair: [usize; 2], spent: i128, terms: &[Labels]| {
                let joined = self.join(&pair, terms);
                let made = self.extent(&joined.kept);
                let gone = self.extent(&terms[pair[0]]) + self.extent(&terms[pair[1]]) - made;
                (made <= limit && spent + joined.cost <= naive).then_some(((-gone, joined.cost), pair))
            };
            known.extend(
                candidates.iter().filter(|[i, j]| !terms[*i].is_disjoint(&terms[*j])).filter_map(|&pair| judge(pair, spent, &terms)),
            );
            if known.is_empty() {
                known.extend(pairs(terms.len()).into_iter().filter_map(|pair| judge(pair, spent, &terms)));
            }
            // The first of equal ones.
            let Some(best) = known.iter().copied().reduce(|best, next| if next.0 < best.0 { next } else { best }) else {
                path.push((0..terms.len()).collect());
                break;
            };
            let (_, [i, j]) = best;
            let moved = |k: usize| k - usize::from(k > i) - usize::from(k > j);
            known.retain(|(_, pair)| !pair.contains(&i) && !pair.contains(&j));
            known.iter_mut().for_each(|(_, pair)| *pair = pair.map(moved));
            terms = self.join(&[i, j], &terms).terms;
            let last = terms.len() - 1;
            candidates = (0..last).map(|k| [k, last]).collect();
            path.push(vec![i, j]);
            spent += best.0.1;
        }
        path
    }

    /// What the path costs, step by step, in NumPy's form.
    fn table(&self, inputs: &[Vec<Label>], output: &[Label], mut terms: Vec<Labels>, path: &[Vec<usize>]) -> String {
        let names = Names::of(&terms);
        let mut texts: Vec<String> = inputs.iter().map(|labels| names.text(labels)).collect();
        let result = names.text(output);
        let whole = format!("{}->{result}", texts.join(","));
        let all: Labels = terms.iter().flatten().copied().collect();
        let is_summed = terms.iter().map(Labels::len).sum::<usize>() > all.len();
        let naive = self.cost(&all, is_summed, terms.len());
        let (mut cost, mut widest, mut largest) = (1, 0, 0);
        let mut lines = String::new();
        for (at, places) in path.iter().enumerate() {
            let joined = self.join(places, &terms);
            cost += joined.cost;
            widest = widest.max(joined.all.len());
            largest = largest.max(self.extent(&joined.kept));
            let mut order = places.clone();
            order.sort_unstable_by(|a, b| b.cmp(a));
            let taken: Vec<String> = order.iter().map(|&k| texts.remove(k)).collect();
            let made = if at + 1 == path.len() {
                result.clone()
            } else {
                let mut labels: Vec<Label> = joined.kept.iter().copied().collect();
                labels.sort_by_key(|&l| (self.sizes[&l], names.of_label(l)));
                names.text(&labels)
            };
            texts.push(made.clone());
            _ = write!(
                lines,
                "\n{:4}    {:>24} {:>40}",
                joined.all.len(),
                format!("{}->{made}", taken.join(",")),
                format!("{}->{result}", texts.join(","))
            );
            terms = joined.terms;
        }
        let line = "-".repeat(74);
        format!(
            "  Complete contraction:  {whole}\n         Naive scaling:  {}\n     Optimized scaling:  {widest}\n      Naive FLOP count:  {}\n  Optimized FLOP count:  {}\n   Theoretical speedup:  {:3.3}\n  Largest intermediate:  {} elements\n{line}\n{:>6} {:>24} {:>40}\n{line}{lines}",
            all.len(),
            scientific(naive),
            scientific(cost),
            naive as f64 / cost as f64,
            scientific(largest),
            "scaling",
            "current",
            "remaining",
        )
    }
}

/// Letters for labels: those of ellipses have none of their own.
struct Names {
    spare: Vec<char>,
}

impl Names {
    fn of(terms: &[Labels]) -> Names {
        let used: BTreeSet<char> = terms.iter().flatten().filter(|l| **l < DOTS).map(|&l| letter(l)).collect();
        Names { spare: ('A'..='Z').chain('a'..='z').rev().filter(|c| !used.contains(c)).collect() }
    }

    fn of_label(&self, label: Label) -> char {
        if label < DOTS { letter(label) } else { self.spare.get(usize::from(label - DOTS)).copied().unwrap_or('?') }
    }

    fn text(&self, labels: &[Label]) -> String {
        labels.iter().map(|&l| self.of_label(l)).collect()
    }
}

fn pairs(n: usize) -> Vec<[usize; 2]> {
    (0..n).flat_map(|i| (i + 1..n).map(move |j| [i, j])).collect()
}

/// The path of least cost, the first of equal ones.
fn first_least(found: Vec<(i128, Vec<Vec<usize>>, Vec<Labels>)>) -> Vec<Vec<usize>> {
    found.into_iter().reduce(|best, next| if next.0 < best.0 { next } else { best }).map(|best| best.1).unwrap_or_default()
}

/// A number with three digits after the point and an exponent of two digits at least.
fn scientific(x: i128) -> String {
    let text = format!("{:.3e}", x as f64);
    match text.split_once('e') {
        Some((digits, power)) => format!("{digits}e+{power:0>2}"),
        None => text,
    }
}
