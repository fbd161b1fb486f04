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

fn number(point: &Object<'_>) -> Outcome<NumberDataPoint> {
    let value = match point.value("asInt") {
        Some(value) => Some(Number::AsInt(whole(value, "asInt")?)),
        None => point.real("asDouble")?.map(Number::AsDouble),
    };
    Ok(NumberDataPoint {
        attributes: attributes(point, "attributes")?,
        start_time_unix_nano: point.whole("startTimeUnixNano")?,
        time_unix_nano: point.whole("timeUnixNano")?,
        flags: point.whole("flags")?,
        value,
        ..NumberDataPoint::default()
    })
}

fn bucketed(point: &Object<'_>) -> Outcome<HistogramDataPoint> {
    Ok(HistogramDataPoint {
        attributes: attributes(point, "attributes")?,
        start_time_unix_nano: point.whole("startTimeUnixNano")?,
        time_unix_nano: point.whole("timeUnixNano")?,
        count: point.whole("count")?,
        sum: point.real("sum")?,
        flags: point.whole("flags")?,
        ..HistogramDataPoint::default()
    })
}

fn exponential(point: &Object<'_>) -> Outcome<ExponentialHistogramDataPoint> {
    Ok(ExponentialHistogramDataPoint {
        attributes: attributes(point, "attributes")?,
        start_time_unix_nano: point.whole("startTimeUnixNano")?,
        time_unix_nano: point.whole("timeUnixNano")?,
        count: point.whole("count")?,
        sum: point.real("sum")?,
        flags: point.whole("flags")?,
        ..ExponentialHistogramDataPoint::default()
    })
}

fn summed(point: &Object<'_>) -> Outcome<SummaryDataPoint> {
    Ok(SummaryDataPoint {
        attributes: attributes(point, "attributes")?,
        start_time_unix_nano: point.whole("startTimeUnixNano")?,
        time_unix_nano: point.whole("timeUnixNano")?,
        count: point.whole("count")?,
        sum: point.real("sum")?.unwrap_or_default(),
        flags: point.whole("flags")?,
        ..SummaryDataPoint::default()
    })
}
