//! Go's benchmarks: the text of `go test -bench`.
//!
//! A program of the judge's stands before `go` and has each benchmark measured once (`-count=1`), for a tenth of a second unless the
//! command says `-benchtime`. An id is the package and the benchmark, `example.org/sort BenchmarkInts/n=10`, without the number of
//! processors that Go appends; where `-cpu` asks for several, that number stays. The first unit of a line is the benchmark's quantity,
//! the others (`B/op`, `allocs/op`, what the benchmark reports itself) are named after it. Each package must end with `PASS`.

use super::quantity::{Benchmarks, before_the_tool, read};
use super::{Adapter, Finished, Invocation, Reading, Request};
use kaizen_domain::scorecard::RunFault;

/// See the module.
pub(super) struct GoBench;

impl Adapter for GoBench {
    fn name(&self) -> &'static str {
        "go-bench"
    }

    fn judge_files(&self) -> &'static [(&'static str, &'static str)] {
        &[("go", include_str!("reporter/go"))]
    }

    fn protected(&self) -> Vec<&'static str> {
        vec!["**/*_test.go", "**/testdata/**", "go.mod", "go.sum", "go.work", "go.work.sum", "**/go.mod", "**/go.sum"]
    }

    fn channel(&self) -> &'static str {
        "The lines `go test -bench` prints, package by package up to its PASS; each benchmark is measured once."
    }

    fn unprevented(&self) -> &'static str {
        "A test binary holds the code under test, which can print lines of benchmarks or reset the timer it is measured by."
    }

    fn prepare(&self, request: &Request<'_>) -> Invocation {
        before_the_tool(request)
    }

    fn read(&self, request: &Request<'_>, finished: &Finished<'_>) -> Result<Reading, RunFault> {
        let text = String::from_utf8_lossy(finished.report.filter(|report| !report.is_empty()).unwrap_or(finished.stdout));
        read(self, request, finished, |benchmarks| parse(benchmarks, &text))
    }
}

/// A benchmark with its quantities, the first its own.
struct Line<'t> {
    name: &'t str,
    quantities: Vec<(f64, &'t str)>,
}

#[derive(Default)]
struct Package<'t> {
    name: Option<&'t str>,
    lines: Vec<Line<'t>>,
    passed: bool,
}

fn parse(benchmarks: &mut Benchmarks, text: &str) -> Result<(), String> {
    let mut packages = vec![Package::default()];
    for (number, line) in (1..).zip(text.lines()) {
        let Some(last) = packages.last_mut() else { break };
        if let Some(name) = line.strip_prefix("pkg: ") {
            packages.push(Package { name: Some(name.trim()), ..Package::default() });
        } else if line.trim_end() == "PASS" {
            last.passed = true;
        } else if line.starts_with("Benchmark") {
            last.lines.extend(measured(line).map_err(|why| format!("line {number}: {why}"))?);
        }
    }
    packages.iter().try_for_each(|package| package.add_to(benchmarks))
}

/// A line that begins with a benchmark's name; `None` where that is all of it, as Go prints with `-v`.
fn measured(line: &str) -> Result<Option<Line<'_>>, String> {
    let mut words = line.split_whitespace();
    let Some(name) = words.next() else { return Ok(None) };
    let Some(runs) = words.next() else { return Ok(None) };
    let broken = || format!("{name}: something printed between its name and its result; a benchmark must not write to standard output");
    runs.parse::<u64>().map_err(|_| broken())?;
    let words: Vec<&str> = words.collect();
    if words.is_empty() || words.len() % 2 == 1 {
        return Err(format!("{name}: the line is cut off"));
    }
    let quantity = |pair: &[&'_ str]| pair[0].parse::<f64>().map_err(|_| broken());
    let quantities = words.chunks_exact(2).map(|pair| Ok((quantity(pair)?, pair[1]))).collect::<Result<_, String>>()?;
    Ok(Some(Line { name, quantities }))
}

impl Package<'_> {
    fn add_to(&self, benchmarks: &mut Benchmarks) -> Result<(), String> {
        if self.lines.is_empty() {
            return Ok(());
        }
        if !self.passed {
            return Err(format!("{}: no PASS after its benchmarks", self.name.unwrap_or("the output")));
        }
        let processors = self.processors();
        for line in &self.lines {
            let short = line.name.strip_suffix(processors.unwrap_or_default()).unwrap_or(line.name);
            let name = self.name.map_or_else(|| short.to_owned(), |package| format!("{package} {short}"));
            let [(value, unit), others @ ..] = line.quantities.as_slice() else { continue };
            benchmarks.add(&name, *value, unit)?;
            others.iter().try_for_each(|(value, unit)| benchmarks.detail(&name, unit, *value, unit))?;
        }
        Ok(())
    }

    /// The `-8` that ends every name: how many processors Go used.
    fn processors(&self) -> Option<&str> {
        let of = |name: &'_ str| -> Option<usize> {
            let at = name.rfind('-')?;
            let digits = &name[at + 1..];
            (!digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())).then_some(at)
        };
        let first = self.lines.first()?.name;
        let suffix = &first[of(first)?..];
        self.lines.iter().all(|line| of(line.name).is_some_and(|at| line.name[at..] == *suffix)).then_some(suffix)
    }
}
