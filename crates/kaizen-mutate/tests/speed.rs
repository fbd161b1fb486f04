//! Each optimiser makes the edit it promises, the edited program answers like the original, and what only looks like its business is left
//! alone. The programs are run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_domain::path::RepoPath;
use kaizen_mutate::{Language, Optimisation, SourceFile, optimisations, optimisers};
use std::path::Path;
use std::process::Command;

fn path_of(language: Language) -> RepoPath {
    let path = match language {
        Language::Python => "pkg/a.py",
        Language::Rust => "src/a.rs",
        Language::JavaScript => "src/a.js",
        Language::TypeScript => "src/a.ts",
        _ => "src/a.tsx",
    };
    path.parse().unwrap()
}

fn all(language: Language, text: &str) -> Vec<Optimisation> {
    optimisations(&[SourceFile { path: &path_of(language), text }])
}

/// What one optimiser makes of a text.
fn results(language: Language, text: &str, operator: &str) -> Vec<String> {
    all(language, text).into_iter().filter(|one| one.operator == operator).map(|one| one.after).collect()
}

/// What is to be said of an optimiser that makes something of a text.
fn touched(language: Language, text: &str, operator: &str) -> Option<String> {
    let found = results(language, text, operator);
    (!found.is_empty()).then(|| format!("{operator} touched\n{text}\nand made\n{}\n", found.join("\n----\n")))
}

fn run(program: &str, arguments: &[&Path]) -> String {
    let output = Command::new(program).args(arguments).output().unwrap();
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs each program in a module of its own and says what its call answers, one line each.
const DRIVER: &str = "import sys
for number in range(int(sys.argv[1])):
    file = f'{sys.argv[2]}/p{number}.py'
    program, call = open(file).read().rsplit('\\n', 1)
    names = {'__file__': file}
    exec(compile(program, file, 'exec'), names)
    print(repr(eval(call, names)))
";

/// What Python answers to a call, with a program before it.
fn python(room: &Path, programs: &[(String, String)]) -> Vec<String> {
    for (number, (program, call)) in programs.iter().enumerate() {
        std::fs::write(room.join(format!("p{number}.py")), format!("{program}\n{call}")).unwrap();
    }
    let driver = room.join("driver.py");
    std::fs::write(&driver, DRIVER).unwrap();
    let count = programs.len().to_string();
    let answers: Vec<String> = run("python3", &[&driver, Path::new(&count), room]).lines().map(str::to_owned).collect();
    assert_eq!(answers.len(), programs.len());
    answers
}

/// A program that some rule applies to in a way its example does not show: operator, before, after (without the line of the function).
const MORE: &[(&str, &str, &str)] = &[
    ("membership-set", "return [v for v in data if v not in known_of(data)]", ""),
    (
        "membership-set",
        "return [v for v in data if v * 3 not in data]",
        "data_set = set(data)\nreturn [v for v in data if v * 3 not in data_set]",
    ),
    (
        "membership-seen",
        "out = [0]\nfor v in data:\n    if v in out: continue\n    out.append(v + 0)\nreturn out",
        "out = [0]\nout_seen = set(out)\nfor v in data:\n    if v in out_seen: continue\n    out.append(v + 0)\n    out_seen.add(out[-1])\nreturn out",
    ),
    (
        "invariant",
        "return [v / max(data) for i, v in enumerate(data) if i]",
        "max_data = max(data, default=None)\nreturn [v / max_data for i, v in enumerate(data) if i]",
    ),
    (
        "invariant",
        "import math\ni = 2\nwhile i <= math.sqrt(len(data) * 9):\n    i += 1\nreturn i",
        "import math\ni = 2\nmath_sqrt_len = math.sqrt(len(data) * 9)\nwhile i <= math_sqrt_len:\n    i += 1\nreturn i",
    ),
    ("copy", "return [i * v for i, v in enumerate(list(data))]", "return [i * v for i, v in enumerate(data)]"),
    ("comprehension", "out = {}\nfor v in data:\n    out[v, 1] = v\nreturn out", ""),
    ("invariant", "return [v for v in data if v < sum(data)]", "sum_data = sum(data)\nreturn [v for v in data if v < sum_data]"),
    (
        "invariant",
        "i = 0\nwhile i < len(data):\n    i += 2\nreturn i",
        "i = 0\nlen_data = len(data)\nwhile i < len_data:\n    i += 2\nreturn i",
    ),
    (
        "joined",
        "text = ''\nfor v in data:\n    text += str(v)\n    if v > 3:\n        text = text + '!'\nreturn text",
        "text_parts = []\nfor v in data:\n    text_parts.append(str(v))\n    if v > 3:\n        text_parts.append('!')\ntext = ''.join(text_parts)\nreturn text",
    ),
    ("comprehension", "out = {}\nfor v in data:\n    out[v] = v * 2\nreturn out", "out = {v: v * 2 for v in data}\nreturn out"),
    (
        "comprehension",
        "out = set()\nfor v in data:\n    for w in data:\n        out.add(v * w)\nreturn out",
        "out = {v * w for v in data for w in data}\nreturn out",
    ),
    ("extreme", "return sorted(data, key=lambda v: -v, reverse=True)[0]", "return max(data, key=lambda v: -v)"),
    ("extreme", "return sorted(data)[-1]", "return max(data)"),
    ("extreme", "return sorted(set(data))[:2]", "import heapq\nreturn heapq.nsmallest(2, set(data))"),
    ("generator", "return set([v % 3 for v in data])", "return {v % 3 for v in data}"),
    ("generator", "return dict([(v, 1) for v in data])", "return {v: 1 for v in data}"),
    ("generator", "return len([v for v in data if v > 2])", "return sum(1 for v in data if v > 2)"),
    ("copy", "return sorted(list(data))", "return sorted(data)"),
    (
        "deque",
        "q = [1]\nseen = []\nwhile q:\n    v = q.pop(0)\n    seen.append(v)\n    if v < 20:\n        q.append(v * 2)\n        q.insert(0, v * 3)\nreturn seen, q",
        "",
    ),
    (
        "deque",
        "q = [1]\nwhile len(q) < 9:\n    q.insert(0, len(q))\nreturn q",
        "import collections\nq = collections.deque([1])\nwhile len(q) < 9:\n    q.appendleft(len(q))\nreturn list(q)",
    ),
];

fn subject(body: &str) -> String {
    let (imports, rest): (Vec<&str>, Vec<&str>) = body.lines().partition(|line| line.starts_with("import "));
    let head: String = imports.iter().map(|line| format!("{line}\n")).collect();
    format!("{head}def subject(data):\n    {}", rest.join("\n    "))
}

const STORE: &str = "class Store:
    def __init__(self):
        self.items = []

    def add(self, item):
        if item not in self.items:
            self.items.append(item * 1)

    def all(self):
        return list(self.items)


def subject(data):
    store = Store()
    for item in data:
        store.add(item)
    return store.all()";

/// The store with a set beside its list.
fn store_with_set() -> String {
    STORE
        .replace("self.items = []", "self.items = []\n        self._items_seen = set()")
        .replace("in self.items:", "in self._items_seen:")
        .replace("(item * 1)", "(item * 1)\n            self._items_seen.add(self.items[-1])")
}

/// How the example of a row is called.
fn call(operator: &str) -> &'static str {
    match operator {
        "cached" => "steps(22)",
        "membership-constant" => "[known(word) for word in 'axb']",
        "regex" => "digits('a1b22')",
        _ => "subject([5, 3, 1, 3, 9, 2, 5])",
    }
}

#[test]
fn every_python_optimiser_makes_its_example_and_both_answer_alike() {
    let room = tempfile::tempdir().unwrap();
    let rows = optimisers().iter().filter(|row| row.languages.contains(&Language::Python));
    let examples = rows.map(|row| (row.name, row.example.0.to_owned(), row.example.1.to_owned()));
    let more = MORE.iter().filter(|(_, _, after)| !after.is_empty()).map(|(name, before, after)| (*name, subject(before), subject(after)));
    let mut programs = Vec::new();
    let of_class = [("membership-seen", STORE.to_owned(), store_with_set())];
    for (name, before, after) in examples.chain(more).chain(of_class) {
        let found = results(Language::Python, &before, name);
        assert!(found.contains(&after), "{name}:\n{before}\nnever becomes\n{after}\nonly\n{}", found.join("\n----\n"));
        assert_eq!(found.len(), 1, "{name}:\n{}", found.join("\n----\n"));
        programs.extend([(before, call(name).to_owned()), (after, call(name).to_owned())]);
    }
    for (answers, programs) in python(room.path(), &programs).chunks(2).zip(programs.chunks(2)) {
        assert_eq!(answers[0], answers[1], "{}\n{}", programs[0].0, programs[1].0);
    }
    for (name, before, _) in MORE.iter().filter(|(_, _, after)| after.is_empty()) {
        let found = results(Language::Python, &subject(before), name);
        assert!(found.is_empty(), "{name} touched {before}:\n{}", found.join("\n----\n"));
    }
}

#[test]
fn every_rust_optimiser_makes_its_example_and_both_answer_alike() {
    let mut text = String::from("#![allow(warnings)]\n");
    let mut calls = String::new();
    for (number, row) in optimisers().iter().filter(|row| row.languages.contains(&Language::Rust)).enumerate() {
        let (before, after) = row.example;
        let found = results(Language::Rust, before, row.name);
        assert!(found.iter().any(|one| one == after), "{}:\n{}", row.name, found.join("\n----\n"));
        if row.name == "rs-regex" {
            continue;
        }
        text += &format!("mod b{number} {{ {before} }}\nmod a{number} {{ {after} }}\n");
        calls +=
            &format!("    assert_eq!(format!(\"{{:?}}\", b{number}::subject(&data)), format!(\"{{:?}}\", a{number}::subject(&data)));\n");
    }
    let room = tempfile::tempdir().unwrap();
    let (file, binary) = (room.path().join("main.rs"), room.path().join("main"));
    std::fs::write(&file, format!("{text}fn main() {{\n    let data = vec![5i64, 3, 1, 3, 9, 2];\n{calls}}}\n")).unwrap();
    run("rustc", &[Path::new("--edition=2021"), Path::new("-o"), &binary, &file]);
    run(binary.to_str().unwrap(), &[]);
}

#[test]
fn every_javascript_optimiser_makes_its_example_and_both_answer_alike() {
    let mut text = String::new();
    for row in optimisers().iter().filter(|row| row.languages.contains(&Language::JavaScript)) {
        let (before, after) = row.example;
        for language in row.languages {
            let found = results(*language, before, row.name);
            assert!(found.iter().any(|one| one == after), "{}:\n{}", row.name, found.join("\n----\n"));
        }
        let answer = |program: &str| format!("JSON.stringify((() => {{ {program}\nreturn subject([5, 3, 1, 3, 9, 2]); }})())");
        text += &format!("if ({} !== {}) throw new Error(\"{}\");\n", answer(before), answer(after), row.name);
    }
    let room = tempfile::tempdir().unwrap();
    let file = room.path().join("main.js");
    std::fs::write(&file, text).unwrap();
    match Command::new("node").arg("--version").output() {
        Ok(_) => drop(run("node", &[&file])),
        Err(_) => eprintln!("skipped: node is not installed"),
    }
}

/// Operator and a function that it must not touch, because what the function answers could change.
const ALONE: &[(&str, &str)] = &[
    ("membership-set", "for v in data:\n    if v in data:\n        data.remove(v)\nreturn data"),
    ("membership-set", "text = 'abc'\nreturn [v for v in data if v in text]"),
    ("membership-set", "return [v for v in data if [v] in data]"),
    ("membership-set", "table = {}\nfor v in data:\n    if v in table:\n        return v"),
    (
        "membership-seen",
        "out = []\nfor v in data:\n    if v not in out:\n        out.append(v)\n    else:\n        out.remove(v)\nreturn out",
    ),
    ("membership-seen", "out = []\nfor v in data:\n    if [v] not in out:\n        out.append([v])\nreturn out"),
    ("membership-literal", "return [v for v in data if v in [1, [2], 3]]"),
    ("invariant", "for v in data:\n    data.append(len(data))\nreturn data"),
    ("invariant", "import random\nreturn [random.random() for v in data]"),
    ("invariant", "out = [0]\nfor v in data:\n    row = sorted(data)\n    row.append(v)\n    out = row\nreturn out"),
    ("repeated-call", "return next(data), next(data)"),
    ("joined", "text = ''\nfor v in data:\n    text += str(v)\n    print(text)\nreturn text"),
    ("joined", "text = ''\nfor v in data:\n    text += str(len(text))\nreturn text"),
    ("joined", "text = ''\nfor v in data:\n    if v:\n        return text\n    text += 'x'\nreturn text"),
    ("appended", "out = data\nfor v in range(3):\n    out = out + [v]\nreturn out"),
    ("appended", "out = []\nall = []\nfor v in data:\n    out = out + [v]\n    all.append(out)\nreturn all"),
    ("comprehension", "out = []\nfor v in data:\n    out.append(len(out))\nreturn out"),
    ("comprehension", "out = []\nfor v in data:\n    out.append(v)\nreturn out, v"),
    ("deque", "q = [1]\nwhile q:\n    q.pop(0)\n    q = q[1:]\nreturn q"),
    ("deque", "q = [1]\nwhile q:\n    q.pop(0)\n    helper(q)\nreturn 1"),
    ("extreme", "try:\n    return sorted(data)[0]\nexcept IndexError:\n    return None"),
    ("extreme", "return sorted(data, key=abs)[-1]"),
    ("copy", "for v in list(data):\n    data.remove(v)\nreturn data"),
    ("early-exit", "last = None\nfor v in data:\n    if v > 2:\n        last = v\nreturn last"),
    ("early-exit", "found = False\nfor v in data:\n    if v > 2:\n        found = True\nreturn found, v"),
    ("early-exit", "fine = True\nfor v in data:\n    if not store(v):\n        fine = False\nreturn fine"),
    ("generator", "return all([store(v) for v in data])"),
    ("deque", "q = []\nwhile len(q) < 3:\n    q.insert(0, 1)\nreturn q or [2]"),
    ("invariant", "for v in data:\n    if v in table:\n        return int(table['limit'])\nreturn 0"),
    ("executemany", "for v in data:\n    cursor.execute('SELECT 1 WHERE ?', (v,))\nreturn cursor"),
    ("lazy", "all = [v for v in data]\nfor v in all:\n    data.append(v)\nreturn data"),
    ("file-lines", "for line in file.readlines():\n    file.readline()\nreturn 1"),
    ("file-lines", "for line in file.readlines():\n    if line:\n        break\nreturn file.read()"),
    ("membership-set", "known = [[1], [2]]\nreturn [v for v in data if v in known]"),
    ("membership-set", "known = list(data)\ndef note(v):\n    known.append(v)\nfor v in data:\n    if v not in known:\n        note(v)"),
    ("membership-set", "import heapq\nqueue = list(data)\nwhile queue:\n    if 3 in queue:\n        heapq.heappop(queue)\nreturn queue"),
    ("membership-seen", "out = []\nfor v in data:\n    row = v.split()\n    if row not in out:\n        out.append(row)\nreturn out"),
    ("membership-direct", "return 3 in list(map(store, data))"),
    ("invariant", "weights = data[0]\nfor v in data:\n    v.share = v.size / max(weights)"),
    ("invariant", "prefix = data[0]\nreturn [v for v in data if prefix and v.startswith(prefix.lower())]"),
    ("invariant", "def max(values):\n    return values.pop()\nfor v in data:\n    print(max(data))"),
    ("repeated-call", "if not data:\n    return 0\nelif max(data) > 3:\n    return max(data)"),
    ("repeated-call", "return lambda: sum(data) / (1 + sum(data))"),
    ("lookup", "log = data[0]\nfor v in data:\n    if log is not None:\n        log.write(v)"),
    ("joined", "try:\n    text = ''\n    for v in data:\n        text += str(v)\nexcept ValueError:\n    return text"),
    ("appended", "out = [[]]\nfor v in data:\n    for part in out:\n        out = out + [part + [v]]\nreturn out"),
    ("appended", "out = []\nfirst = out\nfor v in data:\n    out = out + [v]\nreturn first"),
    ("comprehension", "try:\n    out = []\n    for v in data:\n        out.append(int(v))\nexcept ValueError:\n    pass\nreturn out"),
    ("comprehension", "out = []\nfor v in data:\n    out.append(super().make(v))\nreturn out"),
    ("extreme", "try:\n    return sorted(data)[0]\nexcept ValueError:\n    return None"),
    ("copy", "for task in list(data.tasks):\n    task.cancel()"),
    ("copy", "for i, v in enumerate(list(data)):\n    data.remove(v)\nreturn data"),
    ("copy", "return [store(v) for v in list(data)]"),
    ("generator", "return all([int(v) > 0 for v in data])"),
    ("generator", "return len([store(v) for v in data])"),
    ("generator", "return sum([next(data) for v in range(3)])"),
    ("early-exit", "fine = True\nfor v in data:\n    if int(v) > 9:\n        fine = False\nreturn fine"),
    ("lazy", "names = [v * 2 for v in data]\nreturn [v for v in data if v in set(names)]"),
    ("lazy", "done = [store(v) for v in data]\nreturn all(done)"),
    ("lazy", "all = [v[0] for v in data]\ntry:\n    return sum(all)\nexcept IndexError:\n    return 0"),
    ("executemany", "for i, v in data:\n    cursor.execute('INSERT INTO t VALUES (?)', (v,))\n    if i % 9 == 0:\n        db.commit()"),
    ("executemany", "for v in data:\n    cursor.execute('INSERT INTO t VALUES (?)', (v,))\nreturn v"),
    ("executemany", "for v in data:\n    cursor.execute('INSERT INTO t VALUES (?)', (v,))\nreturn cursor.lastrowid"),
    ("file-once", "for v in data:\n    with open(name) as file:\n        state = json.load(file)\n    update(state, v)"),
    (
        "file-once",
        "for v in data:\n    if not v:\n        continue\n    with open('x.txt') as file:\n        text = file.read()\n    print(text)",
    ),
];

/// Operator and a whole file that it must not touch: what could change is another function's doing.
const FILES_ALONE: &[(&str, &str)] = &[
    (
        "membership-set",
        "SEEN = []\n\ndef note(v):\n    SEEN.append(v)\n\ndef f(data):\n    for v in data:\n        if v not in SEEN:\n            note(v)\n",
    ),
    ("membership-set", "def f(data, skip):\n    return [v for v in data if skip is not None and v in skip]\n"),
    ("membership-set", "def f(data, rows):\n    row = data.split()\n    return [v for v in data if row in rows]\n"),
    (
        "invariant",
        "def loud(text):\n    return text.upper()\n\ndef f(data, other):\n    for v in data:\n        if not other:\n            continue\n        print(loud(other))\n",
    ),
    ("membership-set", "def f(data, skip=None):\n    return [v for v in data if v in skip]\n"),
    (
        "membership-set",
        "class C:\n    def add(self, v):\n        self.items.append(v)\n\n    def fill(self, data):\n        for v in data:\n            if v not in self.items:\n                self.add(v)\n",
    ),
    (
        "membership-seen",
        "class C:\n    __slots__ = ('items',)\n\n    def __init__(self):\n        self.items = []\n\n    def add(self, v):\n        if v not in self.items:\n            self.items.append(v)\n",
    ),
    (
        "invariant",
        "QUEUE = []\n\ndef put(v):\n    QUEUE.append(v)\n\ndef f(data):\n    for v in data:\n        put(v)\n        print(len(QUEUE))\n",
    ),
    ("invariant", "def f(data, known=None):\n    for v in data:\n        print(len(known))\n"),
    (
        "invariant",
        "import os\n\ndef limit(name):\n    return os.environ.get(name)\n\ndef f(data):\n    return [v for v in data if v < limit('x')]\n",
    ),
    ("extreme", "def top(data, most=None):\n    return sorted(data)[:most]\n"),
    ("regex", "def digits(text):\n    return re.findall('[0-9]+', text)\n\nimport re\n"),
    ("cached", "def area(shape):\n    return shape.width * shape.height\n\ndef f(shapes):\n    return [area(shape) for shape in shapes]\n"),
    ("cached", "def pairs(a, b):\n    return zip(a, b)\n\ndef f(data):\n    return [list(pairs(v, v)) for v in data]\n"),
    ("cached", "def row(n):\n    return [0] * n\n\ndef rows(n):\n    return row(n)\n\ndef f(data):\n    return [rows(v) for v in data]\n"),
    ("cached", "def size(v):\n    return sum(v)\n\ndef f(data):\n    return [size([v]) for v in data]\n"),
];

#[test]
fn an_optimiser_leaves_alone_what_would_answer_otherwise() {
    let bodies = ALONE.iter().map(|(name, body)| (*name, subject(body)));
    let files = FILES_ALONE.iter().map(|(name, text)| (*name, (*text).to_owned()));
    let touched: Vec<String> = bodies.chain(files).filter_map(|(name, text)| touched(Language::Python, &text, name)).collect();
    assert!(touched.is_empty(), "{}", touched.join("\n"));
    let cached = [
        "def f(n):\n    return [n] if n < 2 else f(n - 1) + f(n - 2)\n",
        "import random\n\ndef f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2) + random.random()\n",
        "COUNT = [0]\n\ndef f(n):\n    COUNT[0] += 1\n    return n if n < 2 else f(n - 1) + f(n - 2)\n",
        "def f(rows: list):\n    return 0 if len(rows) < 2 else f(rows[1:]) + f(rows[2:])\n",
        "TOTAL = 0\n\ndef add():\n    global TOTAL\n    TOTAL += 1\n\ndef f(n):\n    return n + TOTAL if n < 2 else f(n - 1) + f(n - 2)\n",
    ];
    for text in cached {
        assert!(results(Language::Python, text, "cached").is_empty(), "{text}");
    }
    assert!(results(Language::Python, "X = []\n\ndef f(v):\n    return v in X\n", "membership-constant").is_empty());
}

/// The same for other languages.
const OTHERS_ALONE: &[(Language, &str, &str)] = &[
    (Language::JavaScript, "js-membership", "const text = data.map(f).join(' ');\n  return data.filter((v) => text.includes(v));"),
    (Language::JavaScript, "js-membership", "data.trim();\n  return [1].filter((v) => data.includes(v));"),
    (
        Language::JavaScript,
        "js-membership",
        "const seen = [];\n  const note = (v) => seen.push(v);\n  for (const v of data) {\n    if (!seen.includes(v)) note(v);\n  }",
    ),
    (Language::JavaScript, "js-membership", "if (data)\n    for (const v of data) if (known.includes(v)) return v;"),
    (
        Language::JavaScript,
        "js-seen",
        "const out = [];\n  for (const v of data) {\n    if (!out.includes(v[0])) out.push(...v);\n  }\n  return out;",
    ),
    (Language::JavaScript, "js-stops", "return $(data).filter('.x')[0];"),
    (Language::JavaScript, "js-stops", "let n = 0;\n  const one = data.filter((v) => { n += 1; return v; })[0];\n  return [one, n];"),
    (
        Language::JavaScript,
        "js-appended",
        "let out = [[]];\n  let all = [];\n  for (const v of data) {\n    for (const part of all) {\n      all = [...all, v];\n    }\n  }\n  return all;",
    ),
    (
        Language::JavaScript,
        "js-appended",
        "let out = [];\n  const first = out;\n  for (const v of data) {\n    out = [...out, v];\n  }\n  return first;",
    ),
    (Language::Rust, "rs-cloned", "data.to_string() == text"),
    (Language::Rust, "rs-collected", "for one in data.iter().map(|v| spawn(v)).collect::<Vec<_>>().into_iter() { one.join(); }"),
    (Language::Rust, "rs-unstable", "impl Ord for V {}\n    data.sort();"),
];

#[test]
fn an_optimiser_of_another_language_leaves_alone_what_would_answer_otherwise() {
    let touched: Vec<String> = OTHERS_ALONE
        .iter()
        .filter_map(|(language, name, body)| match language {
            Language::Rust => touched(*language, &format!("fn subject(data: D, text: &str) {{\n    {body}\n}}\n"), name),
            _ => touched(*language, &format!("function subject(data) {{\n  {body}\n}}\n"), name),
        })
        .collect();
    assert!(touched.is_empty(), "{}", touched.join("\n"));
    let typed = "function subject(data: string[], text: string) {\n  return data.filter((v) => text.includes(v));\n}\n";
    assert!(results(Language::TypeScript, typed, "js-membership").is_empty());
}

#[test]
fn test_files_and_files_with_syntax_errors_are_never_made_cheaper() {
    let text = "def subject(data):\n    return sorted(data)[0]\n";
    let of = |path: &str, text: &str| optimisations(&[SourceFile { path: &path.parse().unwrap(), text }]).len();
    assert_eq!((of("a.py", text), of("tests/test_a.py", text), of("test_a.py", text)), (1, 0, 0));
    assert_eq!(of("a.py", &format!("{text}def (:\n")), 0);
}

#[test]
fn an_edit_says_where_the_cost_is_and_what_becomes_of_the_line() {
    let text = "import math\n\n\ndef subject(data):\n    out = []\n    for v in data:\n        if v not in out:\n            out.append(v)\n    return out\n";
    let seen = all(Language::Python, text).into_iter().find(|one| one.operator == "membership-seen").unwrap();
    assert_eq!((seen.line, seen.lines, seen.function.as_str(), seen.depth), (7, 6..9, "subject", 1));
    assert_eq!(seen.summary, "membership-seen: if v not in out: -> if v not in out_seen:");
    assert!(optimisers().iter().all(|row| row.description.ends_with('.') && (0.0..=1.0).contains(&row.trust())));
}
