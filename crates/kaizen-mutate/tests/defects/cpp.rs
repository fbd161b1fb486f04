//! C++ functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "#include <algorithm>\n#include <string>\n#include <vector>\n\nnamespace stats {\n\ndouble mean(const std::vector<double> &values) {\n    double sum = 0;\n    for (double value : values) {\n        sum += value;\n    }\n    return sum / values.size();\n}\n\nint largest(const std::vector<int> &values) {\n    int best = values.front();\n    for (size_t i = 1; i < values.size(); ++i) {\n        best = std::max(best, values[i]);\n    }\n    return best;\n}\n\n}  // namespace stats\n",
        slips: &[
            ("sum += value", "sum -= value"),
            ("sum / values.size()", "sum * values.size()"),
            ("values.front()", "values.back()"),
            ("i < values.size()", "i <= values.size()"),
            ("std::max(best", "std::min(best"),
            ("values[i])", "values[i - 1])"),
            ("size_t i = 1", "size_t i = 2"),
        ],
    },
    Subject {
        source: "#include <stdexcept>\n\nclass Stack {\npublic:\n    explicit Stack(int room) : room_(room) {}\n\n    void push(int value) {\n        if (count_ >= room_) {\n            throw std::out_of_range(\"full\");\n        }\n        items_[count_] = value;\n        count_++;\n    }\n\n    int pop() {\n        if (count_ == 0) {\n            throw std::out_of_range(\"empty\");\n        }\n        count_--;\n        return items_[count_];\n    }\n\n    bool empty() const { return count_ == 0; }\n\nprivate:\n    int items_[64];\n    int room_;\n    int count_ = 0;\n};\n",
        slips: &[
            ("count_ >= room_", "count_ > room_"),
            ("count_ >= room_", "count_ <= room_"),
            ("count_++", "count_--"),
            ("items_[count_] = value", "items_[room_] = value"),
            ("return items_[count_]", "return items_[count_ - 1]"),
            ("{ return count_ == 0", "{ return count_ != 0"),
        ],
    },
    Subject {
        source: "#include <map>\n#include <string>\n#include <vector>\n\nstd::map<std::string, int> count(const std::vector<std::string> &words, size_t shortest) {\n    std::map<std::string, int> counts;\n    for (const auto &word : words) {\n        if (word.size() < shortest) {\n            continue;\n        }\n        counts[word] += 1;\n    }\n    return counts;\n}\n\nstd::string joined(const std::vector<std::string> &parts, const std::string &between) {\n    std::string text;\n    for (size_t i = 0; i < parts.size(); i++) {\n        if (i > 0) {\n            text += between;\n        }\n        text += parts[i];\n    }\n    return text;\n}\n\nint gcd(int a, int b) {\n    return b == 0 ? a : gcd(b, a % b);\n}\n",
        slips: &[
            ("word.size() < shortest", "word.size() > shortest"),
            ("continue", "break"),
            ("counts[word] += 1", "counts[word] = 1"),
            ("if (i > 0)", "if (i >= 0)"),
            ("text += between", "text = between"),
            ("b == 0 ?", "b != 0 ?"),
            ("a % b", "a / b"),
            ("gcd(b, a", "gcd(a, a"),
        ],
    },
];
