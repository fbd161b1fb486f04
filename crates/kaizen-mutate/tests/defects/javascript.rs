//! JavaScript functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "export function locate(items, wanted) {\n  let low = 0;\n  let high = items.length;\n  while (low < high) {\n    const middle = Math.floor((low + high) / 2);\n    if (items[middle] < wanted) {\n      low = middle + 1;\n    } else {\n      high = middle;\n    }\n  }\n  return low;\n}\n",
        slips: &[
            ("while (low < high)", "while (low <= high)"),
            ("low = middle + 1", "low = middle"),
            ("Math.floor(", "Math.ceil("),
            ("return low", "return high"),
            ("items[middle] < wanted", "items[middle] > wanted"),
        ],
    },
    Subject {
        source: "class Cart {\n  constructor(limit = 100) {\n    this.lines = [];\n    this.limit = limit;\n    this.discount = 0;\n  }\n\n  add(name, price, count) {\n    if (price < 0 || count <= 0) {\n      throw new RangeError('wrong amount');\n    }\n    this.lines.push({ name, price, count });\n  }\n\n  total() {\n    let sum = 0;\n    for (const line of this.lines) {\n      sum += line.price * line.count;\n    }\n    return Math.min(sum * (1 - this.discount), this.limit);\n  }\n\n  isEmpty() {\n    return this.lines.length === 0;\n  }\n}\n",
        slips: &[
            ("price < 0 ||", "price <= 0 ||"),
            ("count <= 0", "count < 0"),
            ("sum += line.price", "sum -= line.price"),
            ("line.price * line.count", "line.price + line.count"),
            ("Math.min(sum", "Math.max(sum"),
            ("1 - this.discount", "1 - this.limit"),
            ("length === 0", "length !== 0"),
            ("RangeError", "TypeError"),
        ],
    },
    Subject {
        source: "const slug = (title, limit) => {\n  const words = title.toLowerCase().split(' ').filter((word) => word.length > 0);\n  return words.slice(0, limit).join('-');\n};\n\nfunction countBy(rows, key) {\n  const counts = new Map();\n  for (const row of rows) {\n    const name = row[key];\n    counts.set(name, (counts.get(name) || 0) + 1);\n  }\n  return counts;\n}\n",
        slips: &[
            ("toLowerCase()", "toUpperCase()"),
            ("word.length > 0", "word.length > 1"),
            ("slice(0, limit)", "slice(1, limit)"),
            ("join('-')", "join(' ')"),
            ("|| 0)", "|| 1)"),
            ("row[key]", "row[rows]"),
        ],
    },
    Subject {
        source: "function parseRange(text) {\n  if (!text) {\n    return null;\n  }\n  const parts = text.split(',').map((part) => part.trim());\n  const found = [];\n  for (let i = 0; i < parts.length; i++) {\n    const [from, to] = parts[i].split(':');\n    if (to === undefined) {\n      found.push(Number(from));\n      continue;\n    }\n    for (let n = Number(from); n <= Number(to); n++) {\n      found.push(n);\n    }\n  }\n  return found;\n}\n",
        slips: &[
            ("i < parts.length", "i <= parts.length"),
            ("n <= Number(to)", "n < Number(to)"),
            ("if (!text)", "if (text)"),
            ("return null", "return 0"),
            ("to === undefined", "to !== undefined"),
            ("continue", "break"),
        ],
    },
];
