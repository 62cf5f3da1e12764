//! What a run of several steps ends with: what passed, what failed, what was left out and why.

use crate::process::{Failure, Outcome, duration, step};
use std::time::Instant;

enum Result {
    Passed(f64),
    Failed(String),
    LeftOut(String),
}

/// The steps of a run, in order. A failed step does not end the run: the others still tell something.
#[derive(Default)]
pub struct Report {
    steps: Vec<(String, Result)>,
}

impl Report {
    /// Runs a step; `None` if it failed.
    pub fn step<T>(&mut self, what: &str, work: impl FnOnce() -> Outcome<T>) -> Option<T> {
        let begin = Instant::now();
        match step(what, work) {
            Ok(value) => {
                self.steps.push((what.into(), Result::Passed(begin.elapsed().as_secs_f64())));
                Some(value)
            }
            Err(Failure(why)) => {
                eprintln!("{why}");
                self.steps.push((what.into(), Result::Failed(why.lines().next().unwrap_or_default().into())));
                None
            }
        }
    }

    /// Notes a step that does not run, and why.
    pub fn left_out(&mut self, what: &str, why: &str) {
        println!("==> {what}: left out, {why}");
        self.steps.push((what.into(), Result::LeftOut(why.into())));
    }

    /// Prints the summary; fails if a step failed.
    pub fn finish(self) -> Outcome {
        println!("\n{}", self.summary());
        let failed: Vec<&str> = self.steps.iter().filter(|(_, r)| matches!(r, Result::Failed(_))).map(|(what, _)| what.as_str()).collect();
        if failed.is_empty() { Ok(()) } else { Err(Failure(format!("failed: {}", failed.join("; ")))) }
    }

    fn summary(&self) -> String {
        let mut lines = Vec::new();
        let (mut passed, mut failed, mut left_out) = (0, 0, 0);
        for (what, result) in &self.steps {
            lines.push(match result {
                Result::Passed(seconds) => {
                    passed += 1;
                    format!("  passed    {what} ({})", duration(*seconds))
                }
                Result::Failed(why) => {
                    failed += 1;
                    format!("  FAILED    {what}: {why}")
                }
                Result::LeftOut(why) => {
                    left_out += 1;
                    format!("  left out  {what}: {why}")
                }
            });
        }
        lines.push(format!("steps: {passed} passed, {failed} failed, {left_out} skipped"));
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_failure_fails_the_run_but_not_the_other_steps() {
        let mut report = Report::default();
        assert_eq!(report.step("first", || Err::<(), _>(Failure("it broke\nat length".into()))), None);
        assert_eq!(report.step("second", || Ok(7)), Some(7));
        report.left_out("third", "no GPU");
        let text = report.summary();
        assert!(text.contains("FAILED    first: it broke\n"), "{text}");
        assert!(text.ends_with("steps: 1 passed, 1 failed, 1 skipped"), "{text}");
        assert!(report.finish().is_err());
    }
}
