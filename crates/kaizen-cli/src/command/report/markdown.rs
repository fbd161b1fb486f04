//! A page as Markdown: for pull requests and step summaries.

use super::{End, Page, Section, harmless};

/// So many failing cases are listed; a pull request is no place for thousands.
const MOST: usize = 50;

/// Headings and tables.
pub fn markdown(page: &Page) -> String {
    let mut text = format!("### {}: {}\n\n{}", cell(&page.title), cell(&page.verdict), rows(&page.rows));
    for section in &page.sections {
        text += &self::section(section);
    }
    let failed: Vec<String> = page
        .cases
        .iter()
        .filter_map(|case| match &case.end {
            End::Failed(why) => Some(format!("| {} | {} |\n", cell(&case.name), cell(why))),
            End::Passed | End::Skipped => None,
        })
        .collect();
    if page.cases.len() > 1 && !failed.is_empty() {
        let more = if failed.len() > MOST { format!("\nand {} more\n", failed.len() - MOST) } else { String::new() };
        let shown: String = failed.into_iter().take(MOST).collect();
        text += &format!("\n| fails | why |\n|---|---|\n{shown}{more}");
    }
    text
}

fn rows(rows: &[(String, String)]) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let lines: String = rows.iter().map(|(name, text)| format!("| {} | {} |\n", cell(name), cell(text))).collect();
    format!("| | |\n|---|---|\n{lines}")
}

fn section(section: &Section) -> String {
    let mut text = format!("\n#### {}\n\n{}", cell(&section.title), rows(&section.rows));
    if let Some((heads, rows)) = section.table.as_ref().filter(|_| !section.long) {
        let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        text += "\n";
        text += &line(heads.iter().map(|head| cell(head)).collect());
        text += &line(heads.iter().map(|_| "---".to_owned()).collect());
        rows.iter().for_each(|row| text += &line(row.iter().map(|text| cell(text)).collect()));
    }
    text
}

/// Text of others in a cell: no row, column, markup, mention or link of its own.
fn cell(text: &str) -> String {
    let plain = harmless(text).replace(['\n', '\r'], " ");
    // An address is a link without any markup: a word joiner keeps it from being one.
    let plain = plain.replace("://", ":\u{2060}//").replace("www.", "www\u{2060}.");
    let mut cell = String::with_capacity(plain.len());
    for letter in plain.chars() {
        match letter {
            '<' => cell += "&lt;",
            '>' => cell += "&gt;",
            '&' => cell += "&amp;",
            '\\' | '|' | '`' | '*' | '_' | '[' | ']' | '@' | '#' | '~' | '$' => cell.extend(['\\', letter]),
            _ => cell.push(letter),
        }
    }
    cell
}
