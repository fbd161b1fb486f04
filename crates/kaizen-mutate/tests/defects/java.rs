//! Java functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "package shop;\n\npublic class Account {\n    private int balance;\n    private int limit;\n\n    public Account(int balance, int limit) {\n        this.balance = balance;\n        this.limit = limit;\n    }\n\n    public boolean withdraw(int amount) {\n        if (amount <= 0 || amount > balance + limit) {\n            return false;\n        }\n        balance -= amount;\n        return true;\n    }\n\n    public void deposit(int amount) {\n        if (amount <= 0) {\n            throw new IllegalArgumentException(\"amount\");\n        }\n        balance += amount;\n    }\n}\n",
        slips: &[
            ("amount <= 0 ||", "amount < 0 ||"),
            ("amount > balance + limit", "amount >= balance + limit"),
            ("> balance + limit", "> balance - limit"),
            ("balance -= amount", "limit -= amount"),
            ("return false", "return true"),
            ("balance += amount", "balance = amount"),
            ("IllegalArgumentException", "IllegalStateException"),
            ("this.limit = limit", "this.limit = balance"),
        ],
    },
    Subject {
        source: "import java.util.*;\n\nclass Statistics {\n    static double mean(List<Integer> values) {\n        double sum = 0;\n        for (int value : values) {\n            sum += value;\n        }\n        return sum / values.size();\n    }\n\n    static int largest(int[] values) {\n        int best = values[0];\n        for (int i = 1; i < values.length; i++) {\n            if (values[i] > best) {\n                best = values[i];\n            }\n        }\n        return best;\n    }\n\n    static int distance(int a, int b) {\n        return Math.abs(a - b);\n    }\n}\n",
        slips: &[
            ("sum += value", "sum -= value"),
            ("sum / values.size()", "sum * values.size()"),
            ("values[0]", "values[1]"),
            ("i < values.length", "i <= values.length"),
            ("values[i] > best", "values[i] < best"),
            ("values.length; i++", "values.length - 1; i++"),
            ("Math.abs(a - b)", "Math.abs(a + b)"),
        ],
    },
    Subject {
        source: "import java.util.*;\n\nclass Words {\n    Map<String, Integer> count(String text) {\n        Map<String, Integer> counts = new HashMap<>();\n        for (String word : text.toLowerCase().split(\" \")) {\n            if (word.isEmpty()) {\n                continue;\n            }\n            counts.put(word, counts.getOrDefault(word, 0) + 1);\n        }\n        return counts;\n    }\n\n    boolean palindrome(String text) {\n        int left = 0;\n        int right = text.length() - 1;\n        while (left < right) {\n            if (text.charAt(left) != text.charAt(right)) {\n                return false;\n            }\n            left++;\n            right--;\n        }\n        return true;\n    }\n}\n",
        slips: &[
            ("toLowerCase()", "toUpperCase()"),
            ("if (word.isEmpty())", "if (!word.isEmpty())"),
            ("continue", "break"),
            ("(word, 0)", "(word, 1)"),
            ("text.length() - 1", "text.length()"),
            ("left++", "left--"),
            ("charAt(left) != text", "charAt(left) == text"),
            ("charAt(right)", "charAt(left)"),
        ],
    },
];
