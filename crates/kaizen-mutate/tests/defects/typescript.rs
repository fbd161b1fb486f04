//! TypeScript functions with slips.

use super::Subject;

pub(crate) const SUBJECTS: &[Subject] = &[
    Subject {
        source: "interface Point { x: number; y: number }\n\nexport function distance(from: Point, to: Point): number {\n  const dx = from.x - to.x;\n  const dy = from.y - to.y;\n  return Math.sqrt(dx * dx + dy * dy);\n}\n\nexport function inside(point: Point, low: Point, high: Point): boolean {\n  return point.x >= low.x && point.x <= high.x && point.y >= low.y && point.y <= high.y;\n}\n",
        slips: &[
            ("from.x - to.x", "from.x + to.x"),
            ("dx * dx + dy", "dx * dx - dy"),
            ("dy * dy", "dy * dx"),
            ("from.y - to.y", "from.x - to.y"),
            ("point.x >= low.x", "point.x > low.x"),
            ("low.x && point.x", "low.x || point.x"),
            ("high.x && point.y", "high.x || point.y"),
        ],
    },
    Subject {
        source: "export class Queue<T> {\n  private items: T[] = [];\n  constructor(private readonly limit: number) {}\n\n  push(item: T): boolean {\n    if (this.items.length >= this.limit) {\n      return false;\n    }\n    this.items.push(item);\n    return true;\n  }\n\n  next(): T | undefined {\n    return this.items.shift();\n  }\n\n  has(wanted: T): boolean {\n    return this.items.some((item) => item === wanted);\n  }\n}\n",
        slips: &[
            ("length >= this.limit", "length > this.limit"),
            ("return false", "return true"),
            ("this.items.shift()", "this.items.pop()"),
            ("this.items.some", "this.items.every"),
            ("item === wanted", "item !== wanted"),
            ("this.items.push", "this.items.unshift"),
        ],
    },
    Subject {
        source: "export function median(values: number[]): number {\n  const sorted = [...values].sort((a, b) => a - b);\n  const half = Math.floor(sorted.length / 2);\n  if (sorted.length % 2 === 1) {\n    return sorted[half];\n  }\n  return (sorted[half - 1] + sorted[half]) / 2;\n}\n\nexport function clamp(value: number, low: number, high: number): number {\n  return Math.max(low, Math.min(high, value));\n}\n",
        slips: &[
            ("a - b", "b - a"),
            ("% 2 === 1", "% 2 === 0"),
            ("sorted[half - 1]", "sorted[half + 1]"),
            ("+ sorted[half]) / 2", "+ sorted[half]) / 3"),
            ("Math.floor", "Math.ceil"),
            ("Math.max(low", "Math.min(low"),
            ("Math.min(high, value)", "Math.min(low, value)"),
        ],
    },
];
