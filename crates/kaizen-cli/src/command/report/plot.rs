//! Two drawings as SVG: evidence after each pair, and the difference of each pair. Colours come from the page around them.

use super::escape;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 260.0;
/// Room for the names of values at the left, and for those of curves at the right.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 110.0;
const TOP: f64 = 14.0;
const BOTTOM: f64 = 34.0;

/// The colours of curves, in their order.
const COLOURS: [&str; 3] = ["var(--good)", "var(--one)", "var(--bad)"];

/// A drawing.
#[derive(Debug, Clone, PartialEq)]
pub struct Plot {
    /// What it shows, in one sentence.
    pub caption: String,
    drawing: Drawing,
}

#[derive(Debug, Clone, PartialEq)]
enum Drawing {
    Evidence { curves: Vec<Curve>, bar: f64 },
    Pairs { percent: Vec<f64>, limit: Option<f64> },
}

/// The evidence for one answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// The answer.
    pub name: String,
    /// ln E after each pair.
    pub logs: Vec<f64>,
}

impl Plot {
    /// Curves of ln E with the bar they have to reach.
    pub fn evidence(caption: impl Into<String>, curves: Vec<Curve>, bar: f64) -> Self {
        Self { caption: caption.into(), drawing: Drawing::Evidence { curves, bar } }
    }

    /// The difference of each pair as a logarithm of the metric's ratio, positive is better; `limit` is the harm that is tolerated.
    pub fn pairs(caption: impl Into<String>, differences: &[f64], limit: Option<f64>) -> Self {
        let percent = differences.iter().map(|share| 100.0 * share).collect();
        Self { caption: caption.into(), drawing: Drawing::Pairs { percent, limit: limit.map(|share| 100.0 * share) } }
    }
}

/// Where values are on the paper.
struct Scale {
    pairs: usize,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(pairs: usize, values: impl Iterator<Item = f64>) -> Self {
        let finite = values.filter(|value| value.is_finite());
        let (low, high) = finite.fold((0.0_f64, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let room = ((high - low) * 0.06).max(1e-9);
        Self { pairs, low: low - room, high: high + room }
    }

    fn x(&self, pair: usize) -> f64 {
        LEFT + (WIDTH - LEFT - RIGHT) * (pair as f64) / (self.pairs.max(1) as f64)
    }

    fn y(&self, value: f64) -> f64 {
        let value = if value.is_nan() { self.low } else { value.clamp(self.low, self.high) };
        let share = (value - self.low) / (self.high - self.low);
        HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * share
    }
}

/// The drawing.
pub fn svg(plot: &Plot) -> String {
    let caption = escape(&plot.caption);
    let body = match &plot.drawing {
        Drawing::Evidence { curves, bar } => evidence(curves, *bar),
        Drawing::Pairs { percent, limit } => pairs(percent, *limit),
    };
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{caption}\"><title>{caption}</title>{body}</svg>"
    )
}

fn evidence(curves: &[Curve], bar: f64) -> String {
    let ten = std::f64::consts::LN_10;
    let count = curves.iter().map(|curve| curve.logs.len()).max().unwrap_or(0);
    let values = curves.iter().flat_map(|curve| curve.logs.iter().copied()).chain([bar]);
    let scale = Scale::of(count, values.map(|log| log / ten));
    let mut text = frame(&scale, &decades(&scale), |value| power(value as i32));
    let mut taken = Vec::new();
    text += &level(&scale, bar / ten, "needed", "var(--ink)", &mut taken);
    for (place, curve) in curves.iter().enumerate().filter(|(_, curve)| !curve.logs.is_empty()) {
        let colour = COLOURS[place % COLOURS.len()];
        let points = std::iter::once(0.0).chain(curve.logs.iter().map(|log| log / ten)).enumerate();
        let points: Vec<String> = points.map(|(pair, log)| format!("{:.1},{:.1}", scale.x(pair), scale.y(log))).collect();
        text += &format!("<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\" points=\"{}\"/>", points.join(" "));
        let last = curve.logs.last().map_or(0.0, |log| log / ten);
        let (x, y) = (scale.x(curve.logs.len()), scale.y(last));
        let named = apart(&mut taken, y);
        text += &format!("<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"/>");
        text += &format!("<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{}</text>", x + 8.0, named + 4.0, escape(&curve.name));
    }
    text
}

/// A place for a name that covers none of the others.
fn apart(taken: &mut Vec<f64>, wanted: f64) -> f64 {
    let steps = (0..40).flat_map(|step| [wanted + 7.0 * f64::from(step), wanted - 7.0 * f64::from(step)]);
    let free = |y: &f64| (TOP..=HEIGHT - BOTTOM).contains(y) && taken.iter().all(|other| (other - y).abs() >= 14.0);
    let found = steps.into_iter().find(free).unwrap_or(wanted);
    taken.push(found);
    found
}

/// Whole powers of ten within the scale, at most eight.
fn decades(scale: &Scale) -> Vec<f64> {
    let (low, high) = (scale.low.ceil() as i32, scale.high.floor() as i32);
    let every = ((high - low) / 8 + 1).max(1);
    (low..=high).filter(|power| power.rem_euclid(every) == 0).map(f64::from).collect()
}

fn power(exponent: i32) -> String {
    match exponent {
        -3..0 => format!("{}", 10f64.powi(-exponent).recip()),
        0..=6 => format!("{}", 10f64.powi(exponent)),
        _ => format!("1e{exponent}"),
    }
}

fn pairs(percent: &[f64], limit: Option<f64>) -> String {
    let scale = Scale::of(percent.len(), percent.iter().copied().chain(limit.map(|limit| -limit)));
    let mut text = frame(&scale, &round(&scale), |value| if value == 0.0 { "0 %".to_owned() } else { format!("{value:+} %") });
    let mut taken = Vec::new();
    text += &level(&scale, 0.0, "no change", "var(--ink)", &mut taken);
    if let Some(limit) = limit {
        text += &level(&scale, -limit, "margin", "var(--bad)", &mut taken);
    }
    for (place, value) in percent.iter().enumerate() {
        let colour = if *value >= 0.0 { "var(--good)" } else { "var(--bad)" };
        let (x, y, zero) = (scale.x(place + 1), scale.y(*value), scale.y(0.0));
        text += &format!("<line x1=\"{x:.1}\" x2=\"{x:.1}\" y1=\"{zero:.1}\" y2=\"{y:.1}\" stroke=\"{colour}\" stroke-opacity=\".4\"/>");
        text += &format!(
            "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\" fill=\"{colour}\"><title>pair {}: {value:+.2} %</title></circle>",
            place + 1
        );
    }
    text
}

/// Round values within the scale, about five.
fn round(scale: &Scale) -> Vec<f64> {
    let rough = (scale.high - scale.low) / 5.0;
    let magnitude = 10f64.powf(rough.max(1e-9).log10().floor());
    let step =
        [1.0, 2.0, 5.0, 10.0].into_iter().map(|times| times * magnitude).find(|step| 1.25 * *step >= rough).unwrap_or(10.0 * magnitude);
    let (low, high) = ((scale.low / step).ceil() as i64, (scale.high / step).floor() as i64);
    // Rounded to what its step can tell apart, so that 0.30000000000000004 is not written.
    let digits = (-step.log10().floor()).max(0.0) as i32;
    let shown = |value: f64| (value * 10f64.powi(digits)).round() / 10f64.powi(digits);
    (low..=high).map(|times| shown(times as f64 * step)).collect()
}

/// Lines and names of values, and of pairs below.
fn frame(scale: &Scale, values: &[f64], name: impl Fn(f64) -> String) -> String {
    let mut text = String::new();
    for value in values {
        let y = scale.y(*value);
        text += &format!("<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"var(--line)\"/>", WIDTH - RIGHT);
        text +=
            &format!("<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\" fill=\"var(--dim)\">{}</text>", LEFT - 8.0, y + 4.0, name(*value));
    }
    let every = (scale.pairs / 10 + 1).max(1);
    for pair in (1..=scale.pairs).filter(|pair| pair % every == 0) {
        text += &format!(
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\" fill=\"var(--dim)\">{pair}</text>",
            scale.x(pair),
            HEIGHT - BOTTOM + 18.0
        );
    }
    text += &format!("<text x=\"{:.1}\" y=\"{:.1}\" fill=\"var(--dim)\">pairs</text>", WIDTH - RIGHT + 8.0, HEIGHT - BOTTOM + 18.0);
    text
}

/// A dashed line with its name.
fn level(scale: &Scale, value: f64, name: &str, colour: &str, taken: &mut Vec<f64>) -> String {
    let y = scale.y(value);
    format!(
        "<line x1=\"{LEFT}\" x2=\"{:.1}\" y1=\"{y:.1}\" y2=\"{y:.1}\" stroke=\"{colour}\" stroke-dasharray=\"5 4\"/>\
<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{colour}\">{name}</text>",
        WIDTH - RIGHT,
        WIDTH - RIGHT + 8.0,
        apart(taken, y) + 4.0
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curve_begins_at_one_and_every_point_is_on_the_paper_whatever_its_value() {
        let curves =
            vec![Curve { name: "better".into(), logs: vec![1.0, f64::INFINITY, -700.0, 900.0] }, Curve { name: "x".into(), logs: vec![] }];
        let drawn = svg(&Plot::evidence("c", curves, 4.6));
        let points = drawn.split("points=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap();
        let places: Vec<(f64, f64)> =
            points.split(' ').map(|point| point.split_once(',').map(|(x, y)| (x.parse().unwrap(), y.parse().unwrap())).unwrap()).collect();
        assert_eq!(places.len(), 5);
        assert!(places.iter().all(|(x, y)| (0.0..=WIDTH).contains(x) && (0.0..=HEIGHT).contains(y)), "{places:?}");
        assert_eq!(drawn.matches("<polyline").count(), 1);
        assert!(!drawn.contains("NaN") && !drawn.contains("inf"), "{drawn}");
    }

    #[test]
    fn names_of_values_are_round_and_few() {
        let scale = Scale::of(3, [-0.31, 0.62].into_iter());
        let shown = round(&scale);
        assert_eq!(shown, [-0.2, 0.0, 0.2, 0.4, 0.6]);
        assert_eq!(decades(&Scale::of(3, [-2.0, 40.0].into_iter())).len(), 8);
        assert_eq!([power(-2), power(4), power(12)], ["0.01", "10000", "1e12"]);
    }

    #[test]
    fn names_at_the_side_do_not_cover_each_other() {
        let mut taken = vec![100.0];
        let places: Vec<f64> = (0..3).map(|_| apart(&mut taken, 100.0)).collect();
        assert!(taken.iter().enumerate().all(|(at, one)| taken[..at].iter().all(|other| (one - other).abs() >= 14.0)), "{places:?}");
    }

    #[test]
    fn nothing_measured_is_an_empty_frame() {
        for plot in [Plot::evidence("c", vec![], 4.6), Plot::pairs("c", &[], None)] {
            assert!(svg(&plot).contains("</svg>"));
        }
    }
}
