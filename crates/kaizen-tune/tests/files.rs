//! One value in a file changes, and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_tune::error::TuneError;
use kaizen_tune::setting::Format::{self, Args, CommandEnv, Env, Ini, Json, Toml, Yaml};
use kaizen_tune::setting::{read, write};
use kaizen_tune::space::value::Value;

#[track_caller]
fn changed(format: Format, before: &str, key: &str, value: impl Into<Value>, after: &str) {
    let value = value.into();
    assert_eq!(write(format, before, key, &value).unwrap(), after);
    assert_eq!(read(format, after, key).unwrap().to_string(), value.to_string());
}

#[track_caller]
fn refused(format: Format, text: &str, key: &str, value: impl Into<Value>, message: &str) {
    assert_eq!(write(format, text, key, &value.into()).unwrap_err().to_string(), message);
}

#[test]
fn toml_keeps_comments_order_quotes_and_line_ends() {
    let text = "\u{feff}# top\r\nz = 'a' # z\r\n[pool]\r\n  size   =  0x10   # why\r\nkinds = [ {n = 1}, {n = 2} ]\r\n[[s]]\r\nport=1\r\n[[s]]\r\nport=2\r\n\"odd.key\" = true  \r\n";
    changed(Toml, text, "pool.size", 32, &text.replace("0x10", "32"));
    changed(Toml, text, "z", "b", &text.replace("'a'", "'b'"));
    changed(Toml, text, "z", "it's", &text.replace("'a'", "\"it's\""));
    changed(Toml, text, "pool.kinds[1].n", 7, &text.replace("n = 2", "n = 7"));
    changed(Toml, text, "s[1].port", 3, &text.replace("port=2", "port=3"));
    changed(Toml, text, "s[1].\"odd.key\"", false, &text.replace("true", "false"));
}

#[test]
fn toml_says_what_is_wrong() {
    refused(Toml, "a = 1\nb = 2\n", "c", 3, "c is not there; there are: a, b");
    refused(Toml, "a = [1]\n", "a", 3, "a is a list, not a plain value that can be replaced in place");
    refused(Toml, "[a]\nb = 1\n", "a", 3, "a is a table, not a plain value that can be replaced in place");
    refused(Toml, "a = 'x'\n", "a", 3, "a is the text \"x\" in the file, the number 3 would change its type");
    refused(Toml, "a = \"\"\"x\ny\"\"\"\n", "a", "z", "a is a text of several lines, not a plain value that can be replaced in place");
    assert!(matches!(read(Toml, "a = 1\na = 2\n", "a"), Err(TuneError::Broken { format: "TOML", .. })));
}

#[test]
fn yaml_keeps_anchors_comments_quotes_and_indentation() {
    let text = "# c\nbase: &b 1   # one\npool:\n    kind:   'thread'  # quoted\n    flow: {x: 1, y: [10, 20]}\nlist:\n- name: a\n  port: 80\n-  name: b\n   port:   81   \nlast: end\n";
    changed(Yaml, text, "base", 2, &text.replace("&b 1", "&b 2"));
    changed(Yaml, text, "pool.kind", "process", &text.replace("'thread'", "'process'"));
    changed(Yaml, text, "pool.flow.y[1]", 25, &text.replace("20]", "25]"));
    changed(Yaml, text, "list[1].port", 8081, &text.replace("81  ", "8081  "));
    changed(Yaml, text, "last", "it's", &text.replace("last: end", "last: 'it''s'"));
    changed(Yaml, text, "last", "no", &text.replace("last: end", "last: 'no'"));
    changed(Yaml, text, "last", "2001-01-01", &text.replace("last: end", "last: '2001-01-01'"));
}

#[test]
fn yaml_keeps_byte_order_mark_windows_line_ends_and_characters_of_many_bytes() {
    let text = "\u{feff}größe: 1 # ä\r\nname: \"ü\"\r\nx: 1.5\r\n";
    changed(Yaml, text, "größe", 22, &text.replace(": 1 ", ": 22 "));
    changed(Yaml, text, "name", "ö\"", &text.replace("\"ü\"", "\"ö\\\"\""));
    changed(Yaml, text, "x", 1e-7, &text.replace("1.5", "1.0e-7"));
}

#[test]
fn yaml_words_for_truth_stay_the_words_they_were() {
    let text = "a: on\nb: False\nc: YES\n";
    for (key, value, from, to) in [("a", false, "on", "off"), ("b", true, "False", "True"), ("c", false, "YES", "NO")] {
        assert_eq!(write(Yaml, text, key, &value.into()).unwrap(), text.replace(from, to));
    }
}

#[test]
fn yaml_refuses_what_it_would_have_to_guess() {
    let block = "a: |\n  x\nb: &k 1\nc: *k\nd: !!str 5\ne:\nf: {g: 1}\nh: 1\nh: 2\nbase: &m\n  x: 1\nuse:\n  <<: *m\n";
    let because = |what: &str, key: &str| format!("{key} is {what}, not a plain value that can be replaced in place");
    refused(Yaml, block, "a", "y", &because("a text of several lines", "a"));
    refused(Yaml, block, "b", 2, &because("shared: an alias in line 4 would change along", "b"));
    refused(Yaml, block, "c", 2, &because("an alias: change it where its anchor is", "c"));
    refused(Yaml, block, "d", 2, &because("tagged", "d"));
    refused(Yaml, block, "e", 2, &because("empty", "e"));
    refused(Yaml, block, "f", 2, &because("a mapping", "f"));
    refused(Yaml, block, "base.x", 2, &because("shared: an alias in line 13 would change along", "base.x"));
    refused(Yaml, block, "use.x", 2, &because("not written there (a merge key may bring it)", "use.x"));
    refused(Yaml, "h: 1\nh: 2\n", "h", 3, "h is there twice, at lines 1 and 2: keep one");
    refused(Yaml, "h: '5'\n", "h", 3, "h is the text \"5\" in the file, the number 3 would change its type");
    assert!(matches!(read(Yaml, "a: 1\n---\na: 2\n", "a"), Err(TuneError::Broken { .. })));
    assert!(matches!(read(Yaml, "a: [1\n", "a"), Err(TuneError::Broken { .. })));
}

#[test]
fn json_keeps_comments_trailing_commas_and_spaces() {
    let text = "{\r\n  // note \"x\": 1\r\n  \"x\" :  1.50,\t/* y */\r\n  \"a.b\": [ {\"c\": \"d\\u0041\"}, true, ],\r\n}\r\n";
    changed(Json, text, "x", 2.25, &text.replace("1.50", "2.25"));
    changed(Json, text, "\"a.b\"[0].c", "q\"", &text.replace("d\\u0041", "q\\\""));
    changed(Json, text, "\"a.b\"[1]", false, &text.replace("true", "false"));
    changed(Json, "{/*/ \"a\": 1, */ \"a\": 2}", "a", 3, "{/*/ \"a\": 1, */ \"a\": 3}");
}

#[test]
fn json_says_what_is_wrong() {
    refused(Json, "{\"a\": 1, \"b\": 2}", "c", 1, "c is not there; there are: a, b");
    refused(Json, "{\"a\": 1,\n \"a\": 2}", "a", 1, "a is there twice, at lines 1 and 2: keep one");
    refused(Json, "{\"a\": null}", "a", 1, "a is null, not a plain value that can be replaced in place");
    refused(Json, "{\"a\": [1]}", "a", 1, "a is a list, not a plain value that can be replaced in place");
    refused(Json, "{\"a\": \"5\"}", "a", 1, "a is the text \"5\" in the file, the number 1 would change its type");
    refused(Json, "{\"a\": 1\n", "a", 1, "not valid JSON: \",\" is missing, line 2");
    for broken in ["{", "{\"a\" 1}", "[1 2]", "{\"a\": 1} x", "{\"a\": 'x'}", "{\"a\": 01}", "/* ", "\"\\q\""] {
        assert!(matches!(read(Json, broken, "a"), Err(TuneError::Broken { .. })), "{broken}");
    }
    assert!(matches!(read(Json, &"[".repeat(100_000), "a"), Err(TuneError::Broken { .. })));
}

#[test]
fn ini_knows_sections_comments_and_both_signs() {
    let text = "; top\nglobal = 1\n[a]\nx = 1 ; note\n# x = 9\ny: 'two'  # note\n[b.c]\nx=0.5\r\nflag = On\n";
    changed(Ini, text, "global", 5, &text.replace("global = 1", "global = 5"));
    changed(Ini, text, "a.x", 5, &text.replace("x = 1 ;", "x = 5 ;"));
    changed(Ini, text, "a.y", "three", &text.replace("'two'", "'three'"));
    changed(Ini, text, "b.c.x", 0.25, &text.replace("0.5", "0.25"));
    assert_eq!(write(Ini, text, "b.c.flag", &false.into()).unwrap(), text.replace("On", "Off"));
    refused(Ini, text, "a.z", 1, "a.z is not there; there are: x, y");
    refused(Ini, "x=1\nx=2\n", "x", 3, "x is there twice, at lines 1 and 2: keep one");
    refused(Ini, "x = 1\n  more\n", "x", 3, "x is a text of several lines, not a plain value that can be replaced in place");
    refused(Ini, "x = 1\n", "x", "a # b", "x: a # b cannot be written there (it would read back as something else)");
}

#[test]
fn a_postgresql_configuration_is_an_ini_file_without_sections() {
    let text = "shared_buffers = 128MB\t\t# min 128kB\n#work_mem = 4MB\nlog_line_prefix = '%m [%p] '\nrandom_page_cost = 4.0\n";
    changed(Ini, text, "shared_buffers", "256MB", &text.replace("= 128MB", "= 256MB"));
    changed(Ini, text, "random_page_cost", 1.1, &text.replace("4.0", "1.1"));
    refused(Ini, text, "work_mem", "8MB", "work_mem is not there; there are: shared_buffers, log_line_prefix, random_page_cost");
}

#[test]
fn env_files_keep_export_quotes_and_comments() {
    let text = "# A=0\nA=1\nexport B=\"two\" # note\nC=$A\n D = 3\r\n";
    changed(Env, text, "A", 2, &text.replace("\nA=1", "\nA=2"));
    changed(Env, text, "B", "x y", &text.replace("two", "x y"));
    changed(Env, text, "A", "x y", &text.replace("\nA=1", "\nA=\"x y\""));
    changed(Env, text, "D", 4, &text.replace("= 3", "= 4"));
    refused(Env, text, "C", 1, "C is a text with escapes or variables, not a plain value that can be replaced in place");
    refused(Env, "A=1\nexport A=2\n", "A", 3, "A is there twice, at lines 1 and 2: keep one");
    refused(Env, text, "A", "x$y", "A: x$y cannot be written there (its characters have no place in this format)");
}

#[test]
fn flags_and_assignments_of_a_command_line_are_set_where_they_stand() {
    let text = "THREADS=4 MODE='a b' bench  --size 10 --kind=\"x y\" -j8 --verbose --low -5 -- run";
    changed(Args, text, "--size", 20, &text.replace("10", "20"));
    changed(Args, text, "--kind", "z", &text.replace("\"x y\"", "\"z\""));
    changed(Args, text, "-j", 2, &text.replace("-j8", "-j2"));
    changed(Args, text, "--low", 7, &text.replace("-5", "7"));
    changed(CommandEnv, text, "THREADS", 8, &text.replace("=4", "=8"));
    changed(CommandEnv, text, "MODE", "c", &text.replace("'a b'", "'c'"));
    refused(Args, text, "--verbose", 1, "--verbose is a flag without a value, not a plain value that can be replaced in place");
    refused(Args, text, "--many", 1, "--many is not there; there are: --size, --kind=x y, -j8, --verbose, --low, -5, --");
    refused(Args, "a -x 1 -x 2", "-x", 1, "-x is there more than once, not a plain value that can be replaced in place");
    refused(CommandEnv, "bench A=1", "A", 2, "A is not there");
}

#[test]
fn a_number_keeps_its_point_and_a_large_one_every_digit() {
    assert_eq!(write(Toml, "a = 4.0 # c\n", "a", &8.into()).unwrap(), "a = 8.0 # c\n");
    assert_eq!(write(Yaml, "a: 4.0 # c\n", "a", &8.into()).unwrap(), "a: 8.0 # c\n");
    assert_eq!(write(Json, "{\"a\": 1e3}", "a", &8.into()).unwrap(), "{\"a\": 8.0}");
    changed(Ini, "a = 4\n", "a", 8, "a = 8\n");
    changed(Toml, "a = 9007199254740992\n", "a", 9_007_199_254_740_993_i64, "a = 9007199254740993\n");
}

#[test]
fn what_old_and_new_yaml_read_differently_is_refused() {
    for number in ["010", "-007", "00"] {
        assert!(read(Yaml, &format!("a: {number}\n"), "a").unwrap_err().to_string().contains("leading zero"), "{number}");
    }
    assert_eq!(read(Yaml, "a: 0\n", "a").unwrap(), 0.into());
    assert_eq!(read(Yaml, "a: 0.5\n", "a").unwrap(), 0.5.into());
}

#[test]
fn a_text_of_several_lines_in_an_env_file_is_neither_broken_nor_searched_for_names() {
    let text = "KEY=\"first\nA=1\n\"\nA=2\nODD='tis\nB=3\n";
    refused(Env, text, "KEY", 1, "KEY is a text of several lines, not a plain value that can be replaced in place");
    refused(Env, text, "ODD", 1, "ODD is a text of several lines, not a plain value that can be replaced in place");
    changed(Env, text, "A", 5, &text.replace("A=2", "A=5"));
    changed(Env, text, "B", 5, &text.replace("B=3", "B=5"));
}

#[test]
fn a_command_line_is_read_as_the_benchmark_runs_it() {
    changed(Args, "bench --n 4 # --n 5", "--n", 8, "bench --n 8 # --n 5");
    changed(Args, "bench \\\n --n\u{a0}x --n 4", "--n", 8, "bench \\\n --n\u{a0}x --n 8");
    changed(Args, "bench --n=#4", "--n", "#5x", "bench --n='#5x'");
    assert_eq!(read(Args, "bench --n=\"a\\b\"", "--n").unwrap(), "a\\b".into());
    refused(Args, "bench # --n 4", "--n", 8, "--n is not there");
}

#[test]
fn a_value_that_is_there_already_changes_no_byte() {
    for (format, text) in
        [(Toml, "a = 0x0a"), (Yaml, "a: 0o12"), (Json, "{\"a\": 1e1}"), (Ini, "a = 10.0"), (Env, "a='10'"), (Args, "x a 10.00")]
    {
        assert_eq!(write(format, text, "a", &10.into()).unwrap(), text);
    }
}

#[test]
fn names_of_files_tell_their_format() {
    let cases = [
        ("a/b.toml", Some(Toml)),
        ("x.YML", Some(Yaml)),
        ("x.jsonc", Some(Json)),
        ("postgresql.conf", Some(Ini)),
        ("d/.env", Some(Env)),
        (".env.local", Some(Env)),
        ("args", Some(Args)),
        ("env", Some(CommandEnv)),
        ("d/args", None),
        ("x.rs", None),
    ];
    for (name, format) in cases {
        assert_eq!(Format::of_name(name), format, "{name}");
    }
}

#[test]
fn a_text_that_is_no_key_is_refused() {
    for key in ["", ".", "a.", "a..b", "a[", "a[x]", "a[0]b", "\"a", "[0]", "a]"] {
        assert!(matches!(read(Json, "{}", key), Err(TuneError::Key(_))), "{key:?}");
    }
}
