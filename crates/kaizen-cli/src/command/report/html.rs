//! A page as HTML that needs nothing else: no script, no font, no image, no address. Its policy forbids all of them, too.

use super::plot::svg;
use super::{Case, End, Page, Section, Tone, escape};

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'";

const STYLE: &str = "\
:root{color-scheme:light dark;--ink:#1b1f24;--paper:#fff;--dim:#57606a;--line:#d0d7de;--good:#1a7f37;--bad:#cf222e;--one:#0969da;--two:#8250df}\
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--dim:#8d96a0;--line:#30363d;--good:#3fb950;--bad:#f85149;\
--one:#58a6ff;--two:#bc8cff}}\
body{font:16px/1.5 system-ui,sans-serif;margin:3rem auto;max-width:54rem;padding:0 1rem;color:var(--ink);background:var(--paper)}\
h1{font-size:1.4rem}h2{font-size:1.1rem;margin-top:2.2rem}table{border-collapse:collapse;width:100%}\
td,th{padding:.35rem .6rem;border-top:1px solid var(--line);vertical-align:top;text-align:left;overflow-wrap:anywhere;white-space:pre-wrap}\
td:first-child{color:var(--dim);min-width:7rem}th{color:var(--dim);font-weight:normal}\
.good{color:var(--good)}.bad{color:var(--bad)}.plain{color:var(--dim)}details{margin-top:1rem}summary{cursor:pointer;color:var(--dim)}\
figure{margin:1rem 0}figcaption{color:var(--dim);font-size:.9rem}svg{width:100%;height:auto;font:12px system-ui,sans-serif}\
footer{margin-top:3rem;color:var(--dim);font-size:.85rem}";

/// The page.
pub fn html(page: &Page) -> String {
    let (title, verdict, tone) = (escape(&page.title), escape(&page.verdict), class(page.tone));
    let sections: String = page.sections.iter().map(section).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<title>{title}: {verdict}</title>\n<style>{STYLE}</style>\n\
<h1>{title}: <span class=\"{tone}\">{verdict}</span></h1>\n{}{sections}{}<footer>{title}, {:.0} s</footer>\n</html>\n",
        rows(&page.rows),
        cases(&page.cases),
        page.seconds
    )
}

fn class(tone: Tone) -> &'static str {
    match tone {
        Tone::Good => "good",
        Tone::Bad => "bad",
        Tone::Plain => "plain",
    }
}

fn rows(rows: &[(String, String)]) -> String {
    let row = |(name, text): &(String, String)| format!("<tr><td>{}</td><td>{}</td></tr>\n", escape(name), escape(text));
    let lines: String = rows.iter().map(row).collect();
    if rows.is_empty() { String::new() } else { format!("<table>\n{lines}</table>\n") }
}

fn section(section: &Section) -> String {
    let figures: String = section
        .plots
        .iter()
        .map(|plot| format!("<figure>{}<figcaption>{}</figcaption></figure>\n", svg(plot), escape(&plot.caption)))
        .collect();
    let table = section.table.as_ref().map_or_else(String::new, |(heads, rows)| table(heads, rows));
    let body = format!("{}{figures}{table}", rows(&section.rows));
    let title = escape(&section.title);
    match section.long {
        true => format!("<details><summary>{title}</summary>\n{body}</details>\n"),
        false => format!("<h2>{title}</h2>\n{body}"),
    }
}

fn table(heads: &[&'static str], rows: &[Vec<String>]) -> String {
    let heads: String = heads.iter().map(|head| format!("<th>{}</th>", escape(head))).collect();
    let row = |cells: &Vec<String>| {
        let cells: String = cells.iter().map(|text| format!("<td>{}</td>", escape(text))).collect();
        format!("<tr>{cells}</tr>\n")
    };
    let lines: String = rows.iter().map(row).collect();
    format!("<table>\n<tr>{heads}</tr>\n{lines}</table>\n")
}

/// Cases that fail stand open, the others behind a fold. One case alone is the verdict, which stands above.
fn cases(cases: &[Case]) -> String {
    if cases.len() < 2 {
        return String::new();
    }
    let line = |case: &Case| {
        let (tone, end) = match &case.end {
            End::Passed => ("good", "passes".to_owned()),
            End::Failed(why) => ("bad", format!("fails: {why}")),
            End::Skipped => ("plain", "was not run".to_owned()),
        };
        let time = case.seconds.map_or_else(String::new, |seconds| format!("{seconds:.3} s"));
        format!("<tr><td>{}</td><td class=\"{tone}\">{}</td><td>{time}</td></tr>\n", escape(&case.name), escape(&end))
    };
    let (failed, others): (Vec<&Case>, Vec<&Case>) = cases.iter().partition(|case| matches!(case.end, End::Failed(_)));
    let lines = |cases: &[&Case]| cases.iter().map(|case| line(case)).collect::<String>();
    let mut text = String::new();
    if !failed.is_empty() {
        text += &format!("<h2>{} that fail</h2>\n<table>\n{}</table>\n", failed.len(), lines(&failed));
    }
    if !others.is_empty() {
        text += &format!("<details><summary>{} more cases</summary>\n<table>\n{}</table></details>\n", others.len(), lines(&others));
    }
    text
}
