//! Python functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "def locate(items, wanted):\n    low, high = 0, len(items)\n    while low < high:\n        middle = (low + high) // 2\n        if items[middle] < wanted:\n            low = middle + 1\n        else:\n            high = middle\n    return low\n",
        slips: &[
            ("while low < high", "while low <= high"),
            ("low = middle + 1", "low = middle"),
            ("items[middle] < wanted", "items[middle] > wanted"),
            ("(low + high) // 2", "(low + high) // 3"),
            ("return low", "return high"),
        ],
    },
    Subject {
        source: "def fold_text(text, width):\n    lines = []\n    current = ''\n    for word in text.split():\n        if current and len(current) + len(word) + 1 > width:\n            lines.append(current)\n            current = word\n        else:\n            current = current + ' ' + word if current else word\n    if current:\n        lines.append(current)\n    return lines\n",
        slips: &[
            ("len(word) + 1 > width", "len(word) > width"),
            ("if current and len", "if current or len"),
            ("current = word\n", "current += word\n"),
            ("if current:\n", "if not current:\n"),
        ],
    },
    Subject {
        source: "def median(numbers):\n    ordered = sorted(numbers)\n    half = len(ordered) // 2\n    if len(ordered) % 2 == 1:\n        return ordered[half]\n    return (ordered[half - 1] + ordered[half]) / 2\n",
        slips: &[
            ("% 2 == 1", "% 2 == 0"),
            ("ordered[half - 1] +", "ordered[half] +"),
            ("sorted(numbers)", "list(numbers)"),
            ("len(ordered) // 2", "len(ordered) / 2"),
            ("+ ordered[half]) / 2", "- ordered[half]) / 2"),
        ],
    },
    Subject {
        source: "def counted(words):\n    table = {}\n    for word in words:\n        key = word.lower()\n        table[key] = table.get(key, 0) + 1\n    best = sorted(table.items(), key=lambda pair: (-pair[1], pair[0]))\n    return best[:10]\n",
        slips: &[
            ("table.get(key, 0)", "table.get(key, 1)"),
            ("word.lower()", "word.upper()"),
            ("(-pair[1], pair[0])", "(pair[1], pair[0])"),
            ("table.items()", "table.keys()"),
            ("best[:10]", "best[1:10]"),
        ],
    },
    Subject {
        source: "def gcd(a, b):\n    while b:\n        a, b = b, a % b\n    return abs(a)\n\n\ndef reduced(numerator, denominator):\n    divisor = gcd(numerator, denominator)\n    if denominator < 0:\n        divisor = -divisor\n    return numerator // divisor, denominator // divisor\n",
        slips: &[
            ("b, a % b", "b, a // b"),
            ("b, a % b", "b, b % a"),
            ("divisor = -divisor", "divisor = divisor"),
            ("if denominator < 0", "if numerator < 0"),
        ],
    },
    Subject {
        source: "class Account:\n    def __init__(self, owner, balance=0):\n        self.owner = owner\n        self.balance = balance\n        self.limit = 100\n\n    def withdraw(self, amount):\n        if amount > self.balance + self.limit:\n            return False\n        self.balance -= amount\n        return True\n\n    def deposit(self, amount):\n        if amount <= 0:\n            raise ValueError('amount must be positive')\n        self.balance += amount\n",
        slips: &[
            ("self.balance -= amount", "self.balance += amount"),
            ("self.balance + self.limit", "self.balance - self.limit"),
            ("amount <= 0", "amount < 0"),
            ("return False", "return True"),
            ("self.balance = balance", "self.balance = owner"),
            ("balance=0", "balance=1"),
        ],
    },
    Subject {
        source: "def edit_distance(left, right):\n    previous = list(range(len(right) + 1))\n    for i, a in enumerate(left, 1):\n        current = [i]\n        for j, b in enumerate(right, 1):\n            cost = 0 if a == b else 1\n            current.append(min(previous[j] + 1, current[j - 1] + 1, previous[j - 1] + cost))\n        previous = current\n    return previous[-1]\n",
        slips: &[
            ("range(len(right) + 1)", "range(len(right))"),
            ("0 if a == b else 1", "0 if a != b else 1"),
            ("append(min(", "append(max("),
            ("current[j - 1] + 1", "current[j] + 1"),
            ("enumerate(left, 1)", "enumerate(left)"),
            ("previous[-1]", "previous[0]"),
        ],
    },
    Subject {
        source: "def transposed(matrix):\n    rows, columns = len(matrix), len(matrix[0])\n    result = [[0] * rows for _ in range(columns)]\n    for row in range(rows):\n        for column in range(columns):\n            result[column][row] = matrix[row][column]\n    return result\n",
        slips: &[
            ("matrix[row][column]", "matrix[column][row]"),
            ("[0] * rows", "[0] * columns"),
            ("range(rows)", "range(1, rows)"),
            ("len(matrix[0])", "len(matrix[1])"),
        ],
    },
    Subject {
        source: "def is_leap(year):\n    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)\n\n\ndef days(month, year):\n    if month == 2:\n        return 29 if is_leap(year) else 28\n    return 30 if month in (4, 6, 9, 11) else 31\n",
        slips: &[
            ("year % 100 != 0", "year % 100 == 0"),
            ("0 or year", "0 and year"),
            ("is_leap(year) else", "is_leap(month) else"),
            ("month in (4", "month not in (4"),
            ("month == 2", "month == 1"),
        ],
    },
    Subject {
        source: "def parse_pairs(text):\n    pairs = {}\n    for line in text.splitlines():\n        line = line.strip()\n        if not line or line.startswith('#'):\n            continue\n        name, _, value = line.partition('=')\n        pairs[name.rstrip()] = value.lstrip()\n    return pairs\n",
        slips: &[
            ("not line or", "line or"),
            ("line.startswith", "line.endswith"),
            ("continue", "break"),
            ("line.partition('=')", "line.partition('#')"),
            ("line.partition(", "line.rpartition("),
            ("value.lstrip()", "name.lstrip()"),
        ],
    },
    Subject {
        source: "def merged(left, right):\n    out = []\n    i = j = 0\n    while i < len(left) and j < len(right):\n        if left[i] <= right[j]:\n            out.append(left[i])\n            i += 1\n        else:\n            out.append(right[j])\n            j += 1\n    out.extend(left[i:])\n    out.extend(right[j:])\n    return out\n",
        slips: &[
            ("left[i] <= right[j]", "left[i] < right[j]"),
            ("and j < len(right)", "or j < len(right)"),
            ("out.extend(left[i:])", "out.append(left[i:])"),
            ("out.extend(right[j:])", "out.extend(right[i:])"),
            ("        j += 1", "        j += 2"),
            ("out.append(right[j])", "out.append(left[j])"),
        ],
    },
    Subject {
        source: "def depth_first(graph, start, goal):\n    seen = set()\n\n    def visit(node):\n        if node in seen:\n            return False\n        if node == goal:\n            return True\n        seen.add(node)\n        return any(visit(child) for child in graph.get(node, []))\n\n    return visit(start)\n",
        slips: &[
            ("if node in seen", "if node not in seen"),
            ("return any(", "return all("),
            ("visit(child) for", "visit(node) for"),
            ("return visit(start)", "visit(start)"),
            ("node == goal", "node is goal"),
            ("node == goal", "node == start"),
        ],
    },
    Subject {
        source: "def primes(limit):\n    sieve = [True] * (limit + 1)\n    found = []\n    for number in range(2, limit + 1):\n        if sieve[number]:\n            found.append(number)\n            for multiple in range(number * number, limit + 1, number):\n                sieve[multiple] = False\n    return found\n",
        slips: &[
            ("for number in range(2, limit + 1)", "for number in range(2, limit)"),
            ("range(2, limit", "range(1, limit"),
            ("number * number", "number + number"),
            ("sieve[multiple] = False", "sieve[multiple] = True"),
            ("found.append(number)", "found.append(limit)"),
        ],
    },
    Subject {
        source: "def bits(number):\n    total = 0\n    while number:\n        number &= number - 1\n        total += 1\n    return total\n\n\ndef packed(high, low):\n    return (high << 8) | (low & 255)\n",
        slips: &[
            ("number &= number - 1", "number ^= number - 1"),
            ("high << 8", "high >> 8"),
            (") | (low", ") & (low"),
            ("packed(high, low):\n    return (high", "packed(high, low):\n    return (low"),
            ("total += 1", "total = 1"),
        ],
    },
    Subject {
        source: "def clamp(value, low, high):\n    return max(low, min(value, high))\n\n\ndef percent(part, whole, digits=1):\n    if whole == 0:\n        return None\n    return clamp(round(part * 100 / whole, digits), 0, 100)\n",
        slips: &[
            ("max(low, min", "min(low, min"),
            ("part * 100 / whole", "whole * 100 / part"),
            ("return None", "return 0"),
            ("digits), 0, 100", "digits), 100, 0"),
            ("part * 100 / whole", "part * 100 // whole"),
            ("whole == 0", "part == 0"),
        ],
    },
];
