//! C functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "#include <stddef.h>\n\nint locate(const int *items, int count, int wanted) {\n    int low = 0;\n    int high = count;\n    while (low < high) {\n        int middle = low + (high - low) / 2;\n        if (items[middle] < wanted) {\n            low = middle + 1;\n        } else {\n            high = middle;\n        }\n    }\n    return low;\n}\n\nlong sum(const int *items, size_t count) {\n    long total = 0;\n    for (size_t i = 0; i < count; i++) {\n        total += items[i];\n    }\n    return total;\n}\n",
        slips: &[
            ("while (low < high)", "while (low <= high)"),
            ("low = middle + 1", "low = middle - 1"),
            ("(high - low) / 2", "(high + low) / 2"),
            ("items[middle] < wanted", "items[middle] > wanted"),
            ("i < count", "i <= count"),
            ("size_t i = 0", "size_t i = 1"),
            ("total += items", "total -= items"),
            ("return low", "return high"),
        ],
    },
    Subject {
        source: "#include <ctype.h>\n#include <string.h>\n\nint is_palindrome(const char *text) {\n    size_t left = 0;\n    size_t right = strlen(text);\n    while (left + 1 < right) {\n        if (tolower(text[left]) != tolower(text[right - 1])) {\n            return 0;\n        }\n        left++;\n        right--;\n    }\n    return 1;\n}\n\nint parse_number(const char *text) {\n    int value = 0;\n    int sign = 1;\n    if (*text == '-') {\n        sign = -1;\n        text++;\n    }\n    while (isdigit(*text)) {\n        value = value * 10 + (*text - '0');\n        text++;\n    }\n    return sign * value;\n}\n",
        slips: &[
            ("text[right - 1]", "text[right]"),
            ("tolower(text[left]) !=", "tolower(text[left]) =="),
            ("return 0;", "return 1;"),
            ("right--", "right++"),
            ("value * 10 +", "value * 10 -"),
            ("*text - '0'", "*text + '0'"),
            ("isdigit(", "isalpha("),
            ("sign * value", "sign + value"),
            ("sign = -1", "sign = 1"),
        ],
    },
    Subject {
        source: "struct list { int *items; int count; int room; };\n\nint list_push(struct list *list, int value) {\n    if (list == NULL || list->count >= list->room) {\n        return -1;\n    }\n    list->items[list->count] = value;\n    list->count += 1;\n    return list->count;\n}\n\nunsigned bits(unsigned value) {\n    unsigned total = 0;\n    while (value != 0) {\n        total += value & 1;\n        value >>= 1;\n    }\n    return total;\n}\n",
        slips: &[
            ("list->count >= list->room", "list->count > list->room"),
            ("list == NULL ||", "list != NULL ||"),
            ("list->count += 1", "list->room += 1"),
            ("value & 1", "value | 1"),
            ("value >>= 1", "value <<= 1"),
            ("return -1", "return 1"),
        ],
    },
];
