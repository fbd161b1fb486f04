//! A metric's points from OTLP's JSON. Buckets, quantiles and exemplars are not read: nothing keeps them.

use super::attributes;
use super::reader::{Object, Outcome, whole};
use opentelemetry_proto::tonic::metrics::v1::metric::Data;
use opentelemetry_proto::tonic::metrics::v1::number_data_point::Value as Number;
use opentelemetry_proto::tonic::metrics::v1::{
    AggregationTemporality, ExponentialHistogram, ExponentialHistogramDataPoint, Gauge, Histogram, HistogramDataPoint, Metric,
    NumberDataPoint, Sum, Summary, SummaryDataPoint,
};

pub(super) fn metric(record: &Object<'_>) -> Outcome<Metric> {
    Ok(Metric { name: record.text("name")?, unit: record.text("unit")?, data: data(record)?, ..Metric::default() })
}

fn data(record: &Object<'_>) -> Outcome<Option<Data>> {
    Ok(if let Some(gauge) = record.object("gauge")? {
        Some(Data::Gauge(Gauge { data_points: gauge.each("dataPoints", |point| number(&point))? }))
    } else if let Some(sum) = record.object("sum")? {
        Some(Data::Sum(Sum {
            data_points: sum.each("dataPoints", |point| number(&point))?,
            aggregation_temporality: temporality(&sum)?,
            is_monotonic: sum.truth("isMonotonic")?,
        }))
    } else if let Some(histogram) = record.object("histogram")? {
        let data_points = histogram.each("dataPoints", |point| bucketed(&point))?;
        Some(Data::Histogram(Histogram { data_points, aggregation_temporality: temporality(&histogram)? }))
    } else if let Some(histogram) = record.object("exponentialHistogram")? {
        let data_points = histogram.each("dataPoints", |point| exponential(&point))?;
        Some(Data::ExponentialHistogram(ExponentialHistogram { data_points, aggregation_temporality: temporality(&histogram)? }))
    } else if let Some(summary) = record.object("summary")? {
        Some(Data::Summary(Summary { data_points: summary.each("dataPoints", |point| summed(&point))? }))
    } else {
        None
    })
}

fn temporality(holder: &Object<'_>) -> Outcome<i32> {
    holder.choice("aggregationTemporality", |name| AggregationTemporality::from_str_name(name).map(i32::from))
}

/// A point of some kind: what all kinds have, and its own fields.
macro_rules! point {
    ($from:ident as $kind:ident { $($field:ident: $value:expr),* $(,)? }) => {
        $kind {
            attributes: attributes($from, "attributes")?,
            start_time_unix_nano: $from.whole("startTimeUnixNano")?,
            time_unix_nano: $from.whole("timeUnixNano")?,
            flags: $from.whole("flags")?,
            $($field: $value,)*
            ..$kind::default()
        }
    };
}

fn number(from: &Object<'_>) -> Outcome<NumberDataPoint> {
    let value = match from.value("asInt") {
        Some(value) => Some(Number::AsInt(whole(value, "asInt")?)),
        None => from.real("asDouble")?.map(Number::AsDouble),
    };
    Ok(point!(from as NumberDataPoint { value: value }))
}

fn bucketed(from: &Object<'_>) -> Outcome<HistogramDataPoint> {
    Ok(point!(from as HistogramDataPoint { count: from.whole("count")?, sum: from.real("sum")? }))
}

fn exponential(from: &Object<'_>) -> Outcome<ExponentialHistogramDataPoint> {
    Ok(point!(from as ExponentialHistogramDataPoint { count: from.whole("count")?, sum: from.real("sum")? }))
}

fn summed(from: &Object<'_>) -> Outcome<SummaryDataPoint> {
    Ok(point!(from as SummaryDataPoint { count: from.whole("count")?, sum: from.real("sum")?.unwrap_or_default() }))
}
