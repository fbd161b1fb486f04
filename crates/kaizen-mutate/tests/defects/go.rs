//! Go functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "package search\n\nfunc Locate(items []int, wanted int) int {\n\tlow, high := 0, len(items)\n\tfor low < high {\n\t\tmiddle := (low + high) / 2\n\t\tif items[middle] < wanted {\n\t\t\tlow = middle + 1\n\t\t} else {\n\t\t\thigh = middle\n\t\t}\n\t}\n\treturn low\n}\n",
        slips: &[
            ("for low < high", "for low <= high"),
            ("low = middle + 1", "low = middle"),
            ("high = middle", "high = middle - 1"),
            ("(low + high) / 2", "(low - high) / 2"),
            ("return low", "return high"),
            ("items[middle] < wanted", "items[middle] <= wanted"),
        ],
    },
    Subject {
        source: "package bank\n\nimport \"errors\"\n\ntype Account struct {\n\tbalance int\n\tlimit   int\n\tfrozen  bool\n}\n\nfunc (a *Account) Withdraw(amount int) error {\n\tif a.frozen || amount > a.balance+a.limit {\n\t\treturn errors.New(\"refused\")\n\t}\n\ta.balance -= amount\n\treturn nil\n}\n\nfunc (a *Account) Deposit(amount int) bool {\n\tif amount <= 0 {\n\t\treturn false\n\t}\n\ta.balance += amount\n\treturn true\n}\n",
        slips: &[
            ("a.balance -= amount", "a.balance += amount"),
            ("a.frozen ||", "!a.frozen ||"),
            ("a.frozen || amount", "a.frozen && amount"),
            ("a.balance+a.limit", "a.balance-a.limit"),
            ("amount <= 0", "amount < 0"),
            ("return false", "return true"),
            ("a.balance += amount", "a.limit += amount"),
        ],
    },
    Subject {
        source: "package text\n\nimport \"strings\"\n\nfunc Wrap(text string, width int) []string {\n\tvar lines []string\n\tcurrent := \"\"\n\tfor _, word := range strings.Fields(text) {\n\t\tif current != \"\" && len(current)+len(word)+1 > width {\n\t\t\tlines = append(lines, current)\n\t\t\tcurrent = word\n\t\t\tcontinue\n\t\t}\n\t\tif current != \"\" {\n\t\t\tcurrent += \" \"\n\t\t}\n\t\tcurrent += word\n\t}\n\tif current != \"\" {\n\t\tlines = append(lines, current)\n\t}\n\treturn lines\n}\n\nfunc Settings(text string) map[string]string {\n\tfound := map[string]string{}\n\tfor _, line := range strings.Split(text, \"\\n\") {\n\t\tif strings.HasPrefix(line, \"#\") {\n\t\t\tcontinue\n\t\t}\n\t\tat := strings.Index(line, \"=\")\n\t\tif at < 0 {\n\t\t\tcontinue\n\t\t}\n\t\tfound[line[:at]] = strings.TrimSpace(line[at+1:])\n\t}\n\treturn found\n}\n",
        slips: &[
            ("len(word)+1 > width", "len(word)+1 >= width"),
            ("current = word\n", "current += word\n"),
            ("strings.HasPrefix", "strings.HasSuffix"),
            ("strings.Index(", "strings.LastIndex("),
            ("if at < 0", "if at <= 0"),
            ("line[at+1:]", "line[at:]"),
            ("\" \"\n", "\"\"\n"),
        ],
    },
];
