//! Data points to samples: one number at one time, and what it measures.
//!
//! A histogram becomes the sum and the count of its values; its buckets are not kept. A metric never becomes an operation: what
//! it counts was told by spans or events, and would be counted twice.

use super::{Bad, Reading, Received, attribute, entity};
use kaizen_domain::metric::{Measure, Sample};
use kaizen_domain::operation::NAME_LIMIT;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{AggregationTemporality, Metric, ResourceMetrics};
use serde_json::json;

/// The flag of a point that says that there is no value.
const NO_VALUE: u32 = 1;

/// One point of any sort.
struct Point<'a> {
    attributes: &'a [KeyValue],
    times: (u64, u64),
    flags: u32,
    value: Option<f64>,
    count: Option<u64>,
    measure: Measure,
}

/// Reads the points of a request.
pub(super) fn read(resources: Vec<ResourceMetrics>, reading: &Reading, received: &mut Received) {
    for resource in &resources {
        let attributes = resource.resource.as_ref().map_or(&[][..], |resource| &resource.attributes);
        let service = attribute::find(attributes, "service.name");
        for metric in resource.scope_metrics.iter().flat_map(|scope| &scope.metrics) {
            for point in points(metric) {
                match sample(metric, &point, service, reading.now) {
                    Ok(Some(sample)) => received.samples.push(sample),
                    Ok(None) => received.passed_over += 1,
                    Err(reason) => received.bad.push(bad(metric, &point, &reason, reading)),
                }
            }
        }
    }
}

fn points(metric: &Metric) -> Vec<Point<'_>> {
    let added = |temporality: i32| if temporality == i32::from(AggregationTemporality::Delta) { Measure::Added } else { Measure::Total };
    match &metric.data {
        Some(Data::Gauge(gauge)) => gauge.data_points.iter().map(|point| number(point, Measure::Level)).collect(),
        Some(Data::Sum(sum)) => sum.data_points.iter().map(|point| number(point, added(sum.aggregation_temporality))).collect(),
        Some(Data::Histogram(histogram)) => {
            let measure = added(histogram.aggregation_temporality);
            let point = histogram.data_points.iter();
            point.map(|p| held(&p.attributes, (p.start_time_unix_nano, p.time_unix_nano), p.flags, p.sum, p.count, measure)).collect()
        }
        Some(Data::ExponentialHistogram(histogram)) => {
            let measure = added(histogram.aggregation_temporality);
            let point = histogram.data_points.iter();
            point.map(|p| held(&p.attributes, (p.start_time_unix_nano, p.time_unix_nano), p.flags, p.sum, p.count, measure)).collect()
        }
        Some(Data::Summary(summary)) => {
            let point = summary.data_points.iter().map(|p| (p, (p.start_time_unix_nano, p.time_unix_nano)));
            point.map(|(p, times)| held(&p.attributes, times, p.flags, Some(p.sum), p.count, Measure::Total)).collect()
        }
        None => Vec::new(),
    }
}

fn number(point: &opentelemetry_proto::tonic::metrics::v1::NumberDataPoint, measure: Measure) -> Point<'_> {
    let value = point.value.as_ref().map(|value| match value {
        Number::AsInt(number) => *number as f64,
        Number::AsDouble(number) => *number,
    });
    let times = (point.start_time_unix_nano, point.time_unix_nano);
    Point { attributes: &point.attributes, times, flags: point.flags, value, count: None, measure }
}

fn held(attributes: &[KeyValue], times: (u64, u64), flags: u32, sum: Option<f64>, count: u64, measure: Measure) -> Point<'_> {
    Point { attributes, times, flags, value: Some(sum.unwrap_or(0.0)), count: Some(count), measure }
}

fn sample(metric: &Metric, point: &Point<'_>, service: Option<&str>, now: i64) -> Result<Option<Sample>, String> {
    if point.flags & NO_VALUE != 0 {
        return Ok(None);
    }
    if metric.name.is_empty() || metric.name.len() > NAME_LIMIT || metric.name.chars().any(char::is_control) {
        return Err(format!("its name is not 1 to {NAME_LIMIT} printable bytes"));
    }
    let value = point.value.filter(|value| value.is_finite()).ok_or("it has no number")?;
    let (since, at) = point.times;
    let moment = entity::moment(at, at, now)?;
    let mut attributes = entity::kept(point.attributes);
    if let Some(service) = service {
        attributes.insert("service.name".to_owned(), json!(service));
    }
    if let Some(note) = moment.note {
        attributes.insert("clock".to_owned(), json!(note));
    }
    Ok(Some(Sample {
        name: metric.name.clone(),
        unit: attribute::cut(metric.unit.clone(), NAME_LIMIT),
        value,
        measure: point.measure,
        count: point.count,
        at: moment.started_at,
        since: (since != 0 && point.measure != Measure::Level).then_some((since / 1_000_000) as i64),
        attributes,
    }))
}

fn bad(metric: &Metric, point: &Point<'_>, reason: &str, reading: &Reading) -> Bad {
    let name: String = metric.name.chars().filter(|c| !c.is_control()).take(80).collect();
    let (start, end) = point.times;
    let record = json!({
        "name": metric.name, "unit": metric.unit, "startTimeUnixNano": start.to_string(), "timeUnixNano": end.to_string(),
        "value": point.value, "count": point.count, "attributes": entity::kept(point.attributes),
    });
    Bad::of(format!("data point of '{name}': {reason}"), record, reading)
}
