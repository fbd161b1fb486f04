//! The rules in numbers: Sophia's examples, every day of a month, and properties over random months.

use super::*;
use proptest::prelude::*;

fn usd(dollars: f64) -> Usd {
    Usd::from_dollars(dollars).unwrap()
}

fn day(day: u8) -> Day {
    Day::new(2026, 11, day).unwrap()
}

fn policy(monthly: f64) -> Policy {
    Policy { monthly: Some(usd(monthly)), ..Policy::default() }
}

fn spent(month: f64, today: f64) -> Spending {
    Spending { month: usd(month), today: usd(today) }
}

fn named(worst: f64) -> Call {
    Call { worst: usd(worst), size: None, urgent: false, routed: false }
}

fn routed(worst: f64) -> Call {
    Call { routed: true, ..named(worst) }
}

#[test]
fn a_day_takes_its_part_of_what_was_left_in_the_morning_less_the_buffer() {
    assert_eq!(policy(30.0).daily(day(1), spent(0.0, 0.0)), Some(usd(0.8)));
    assert_eq!(policy(30.0).daily(day(21), spent(10.0, 0.0)), Some(usd(1.6)));
    assert_eq!(policy(30.0).daily(day(21), spent(12.0, 2.0)), Some(usd(1.6)), "what today took does not make its part smaller");
    assert_eq!(policy(30.0).daily(day(30), spent(29.0, 0.0)), Some(usd(0.8)));
    assert_eq!(policy(30.0).daily(day(5), spent(40.0, 0.0)), Some(Usd::ZERO));
    assert_eq!(Policy::default().daily(day(1), spent(5.0, 5.0)), None);
    assert_eq!(Policy { pace: Pace::Off, ..policy(30.0) }.daily(day(1), spent(5.0, 5.0)), None);
}

#[test]
fn beyond_one_and_a_half_times_its_part_a_day_is_overspent() {
    assert_eq!(policy(30.0).means(day(1), spent(1.2, 1.2)), Means::Plenty);
    let Means::LocalOnly(why) = policy(30.0).means(day(1), spent(1.21, 1.21)) else { panic!("plenty") };
    assert_eq!(why.to_string(), "today took 1.21 USD, more than 1.5 times its part of 0.80 USD; only local models until tomorrow (UTC)");
    assert_eq!(policy(30.0).means(day(2), spent(1.21, 0.0)), Means::Plenty);
    assert_eq!(Policy { pace: Pace::Off, ..policy(30.0) }.means(day(1), spent(20.0, 20.0)), Means::Plenty);
}

#[test]
fn from_four_fifths_of_the_month_on_only_local_models_are_used_and_at_its_end_nothing_is_paid() {
    assert_eq!(policy(30.0).means(day(30), spent(23.99, 0.0)), Means::Plenty);
    let Means::LocalOnly(why) = policy(30.0).means(day(30), spent(24.0, 0.0)) else { panic!("plenty") };
    assert_eq!(why.to_string(), "24.00 USD of this month's 30.00 USD are spent, and from 80 % on only local models are used");
    let Means::Nothing(why) = policy(30.0).means(day(30), spent(30.0, 0.0)) else { panic!("something") };
    assert_eq!(why.to_string(), "the month's budget is spent: 30.00 USD of 30.00 USD; it renews on 2026-12-01");
    let whole = Policy { local_only: 1.0, pace: Pace::Off, ..policy(30.0) };
    assert_eq!(whole.means(day(1), spent(29.99, 0.0)), Means::Plenty);
}

#[test]
fn without_a_limit_there_is_always_plenty() {
    assert_eq!(Policy::default().means(day(1), spent(1e6, 1e6)), Means::Plenty);
    assert_eq!(Policy::default().answer(day(1), spent(1e6, 1e6), named(100.0)), Answer::Go);
    assert_eq!(Policy::default().reached(Usd::ZERO, usd(1e6)), Vec::<u8>::new());
}

#[test]
fn phases_keep_most_calls_local_while_the_month_is_young() {
    let phased = Policy { pace: Pace::Phases(PHASES.to_vec()), ..policy(30.0) };
    let shares: Vec<Option<f64>> = [1, 10, 11, 20, 21, 30].map(|number| phased.local_share(day(number))).to_vec();
    assert_eq!(shares, [0.7, 0.7, 0.5, 0.5, 0.3, 0.3].map(Some));
    assert_eq!(policy(30.0).local_share(day(1)), None);
    let mut local = 0;
    for calls in 0..1_000 {
        local += u64::from(phased.due_locally(day(3), local, calls).is_some());
    }
    assert_eq!(local, 700);
    let short = Policy { pace: Pace::Phases(vec![Phase { until: 5, local: 0.9 }]), ..policy(30.0) };
    assert_eq!(short.local_share(day(28)), Some(0.9), "the last phase lasts to the end of the month");
}

#[test]
fn when_money_is_short_routed_calls_stay_local_and_named_models_are_refused() {
    let late = spent(25.0, 0.0);
    assert!(matches!(policy(30.0).answer(day(9), late, routed(0.1)), Answer::Local(Shortage::Reserve { .. })));
    assert!(matches!(policy(30.0).answer(day(9), late, named(0.1)), Answer::Refuse(Shortage::Reserve { .. })));
    let strict = Policy { when_exhausted: Exhausted::Refuse, ..policy(30.0) };
    assert!(matches!(strict.answer(day(9), late, routed(0.1)), Answer::Refuse(_)));
    let asking = Policy { when_exhausted: Exhausted::Ask, ..policy(30.0) };
    assert!(matches!(asking.answer(day(9), late, named(0.1)), Answer::Ask(_)));
}

#[test]
fn what_costs_nothing_always_goes() {
    for spent in [spent(0.0, 0.0), spent(25.0, 9.0), spent(99.0, 9.0)] {
        assert_eq!(policy(30.0).answer(day(9), spent, named(0.0)), Answer::Go);
    }
}

#[test]
fn urgent_calls_go_through_up_to_two_dollars_and_larger_ones_ask() {
    let urgent = |worst| Call { urgent: true, ..named(worst) };
    assert_eq!(policy(30.0).answer(day(9), spent(25.0, 9.0), urgent(2.0)), Answer::Go);
    let Answer::Ask(why) = policy(30.0).answer(day(9), spent(25.0, 9.0), urgent(2.5)) else { panic!("not asked") };
    assert_eq!(why.to_string(), "this call may cost 2.50 USD and urgent ones go through up to 2.00 USD");
    let full = policy(30.0).answer(day(9), spent(29.0, 0.0), urgent(1.5));
    assert!(matches!(full, Answer::Refuse(Shortage::Call { .. })), "the limit holds for urgent calls too: {full:?}");
}

#[test]
fn a_question_nobody_answers_ends_as_the_policy_says() {
    let why = Shortage::Urgent { worst: usd(3.0), limit: usd(2.0) };
    let ends = |unanswered, call| Policy { unanswered, ..policy(30.0) }.unanswered(why, call);
    assert_eq!(ends(Unanswered::Local, routed(3.0)), Some(Answer::Local(why)));
    assert_eq!(ends(Unanswered::Local, named(3.0)), Some(Answer::Refuse(why)), "a named model is never exchanged");
    assert_eq!(ends(Unanswered::Skip, routed(3.0)), Some(Answer::Refuse(why)));
    assert_eq!(ends(Unanswered::Wait, routed(3.0)), None);
}

#[test]
fn a_task_may_cost_what_its_size_may() {
    let sized = |size, worst, routed| Call { size: Some(size), routed, ..named(worst) };
    let fresh = spent(0.0, 0.0);
    for (size, limit) in [(Size::Simple, 0.05), (Size::Medium, 0.2), (Size::Complex, 0.5)] {
        assert_eq!(policy(30.0).answer(day(1), fresh, sized(size, limit, false)), Answer::Go);
        assert!(matches!(policy(30.0).answer(day(1), fresh, sized(size, limit + 0.01, true)), Answer::Local(Shortage::Task { .. })));
        assert!(matches!(policy(30.0).answer(day(1), fresh, sized(size, limit + 0.01, false)), Answer::Ask(Shortage::Task { .. })));
    }
    assert_eq!(policy(30.0).answer(day(1), fresh, named(0.6)), Answer::Go);
}

#[test]
fn an_alert_is_told_once_when_it_is_reached() {
    let told = |before, after| policy(100.0).reached(usd(before), usd(after));
    assert_eq!(told(0.0, 49.99), Vec::<u8>::new());
    assert_eq!(told(49.99, 50.0), [50]);
    assert_eq!(told(50.0, 79.0), Vec::<u8>::new());
    assert_eq!(told(10.0, 120.0), [50, 80, 90, 100]);
    assert_eq!(told(120.0, 130.0), Vec::<u8>::new());
}

#[test]
fn a_month_spent_at_its_daily_part_never_ends_early_and_is_never_overspent() {
    let policy = Policy { local_only: 1.0, ..policy(30.0) };
    let mut month = Usd::ZERO;
    for number in 1..=30 {
        let part = policy.daily(day(number), Spending { month, today: Usd::ZERO }).unwrap();
        assert!(part > Usd::ZERO, "day {number}");
        month += part;
        assert_eq!(policy.means(day(number), Spending { month, today: part }), Means::Plenty, "day {number}");
    }
    assert!(month < usd(30.0) && month > usd(24.0), "{month}");
}

fn any_policy() -> impl Strategy<Value = Policy> {
    let pace = prop_oneof![Just(Pace::Daily), Just(Pace::Off), Just(Pace::Phases(PHASES.to_vec()))];
    let exhausted = prop_oneof![Just(Exhausted::Degrade), Just(Exhausted::Refuse), Just(Exhausted::Ask)];
    (0i64..2_000_000_000_000, 0.0..0.99f64, pace, 1.0..5.0f64, 0.0..=1.0f64, exhausted).prop_map(
        |(limit, buffer, pace, overspent, local_only, when_exhausted)| Policy {
            monthly: Some(Usd::from_nanos(limit)),
            buffer,
            pace,
            overspent,
            local_only,
            when_exhausted,
            ..Policy::default()
        },
    )
}

fn any_day() -> impl Strategy<Value = Day> {
    (0i64..4_000_000_000_000).prop_map(Day::of)
}

fn any_spending() -> impl Strategy<Value = Spending> {
    (0i64..3_000_000_000_000, 0.0..=1.0f64)
        .prop_map(|(month, share)| Spending { month: Usd::from_nanos(month), today: Usd::from_nanos(month).share(share) })
}

proptest! {
    #[test]
    fn no_answer_lets_a_month_exceed_its_limit(
        policy in any_policy(), day in any_day(), spent in any_spending(),
        worst in 1i64..5_000_000_000, urgent: bool, routed: bool,
    ) {
        let call = Call { worst: Usd::from_nanos(worst), size: None, urgent, routed };
        if policy.answer(day, spent, call) == Answer::Go {
            prop_assert!(spent.month + call.worst <= policy.monthly.unwrap());
        }
    }

    #[test]
    fn a_model_asked_for_by_name_is_never_exchanged(
        policy in any_policy(), day in any_day(), spent in any_spending(), worst in 0i64..5_000_000_000, urgent: bool,
    ) {
        let call = Call { worst: Usd::from_nanos(worst), size: Some(Size::Medium), urgent, routed: false };
        let answer = policy.answer(day, spent, call);
        prop_assert!(!matches!(answer, Answer::Local(_)), "{answer:?}");
        if let Answer::Ask(why) = answer {
            prop_assert!(!matches!(policy.unanswered(why, call), Some(Answer::Local(_))));
        }
    }

    #[test]
    fn spending_more_never_makes_means_better(policy in any_policy(), day in any_day(), spent in any_spending(), more in 0i64..1_000_000_000_000) {
        let rank = |means| match means { Means::Plenty => 0, Means::LocalOnly(_) => 1, Means::Nothing(_) => 2 };
        let later = Spending { month: spent.month + Usd::from_nanos(more), today: spent.today + Usd::from_nanos(more) };
        prop_assert!(rank(policy.means(day, later)) >= rank(policy.means(day, spent)));
    }

    #[test]
    fn the_parts_of_the_days_left_fit_into_what_is_left(policy in any_policy(), day in any_day(), spent in any_spending()) {
        if let Some(daily) = policy.daily(day, spent) {
            let left = (policy.monthly.unwrap() - (spent.month - spent.today)).or_zero();
            // Rounding to whole nano-dollars may add half of one a day.
            prop_assert!(daily.nanos() * i64::from(day.days_left()) <= left.nanos() + 16);
        }
    }

    #[test]
    fn alerts_along_a_way_are_those_of_its_steps(policy in any_policy(), a in 0i64..3_000_000_000_000, b in 0i64..3_000_000_000_000, c in 0i64..3_000_000_000_000) {
        let mut way = [a, b, c].map(Usd::from_nanos);
        way.sort();
        let steps = [policy.reached(way[0], way[1]), policy.reached(way[1], way[2])].concat();
        prop_assert_eq!(policy.reached(way[0], way[2]), steps);
    }
}
