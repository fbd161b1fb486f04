//! The suite of escape attempts: one list, tried in every tier as root and as an ordinary user, and once without a sandbox.
//!
//! An attempt that must fail in a jail proves itself by succeeding as a plain process of the same user, so that a program with a
//! mistake in it does not pass for a wall that holds. The list is also the table of docs/reference/sandbox.md.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(missing_docs, unreachable_pub)]

mod attempt;
mod attempts;
mod driver;
mod outside;
mod page;
// The directories and launchers are those of the conformance suite, which uses more of them.
#[allow(dead_code)]
#[path = "../conformance/site.rs"]
mod site;

use attempt::Group;

macro_rules! suites {
    ($(fn $test:ident() { $group:ident })*) => {
        $(#[test]
        fn $test() {
            driver::expect(Group::$group);
        })*

        #[test]
        fn every_group_is_tried() {
            assert_eq!(Group::ALL.to_vec(), [$(Group::$group),*]);
        }
    };
}

suites! {
    fn files_stay_out_of_reach() { Files }
    fn links_lead_nowhere() { Links }
    fn permissions_cannot_be_gained_or_changed() { Permissions }
    fn proc_and_sys_give_nothing_away() { KernelFiles }
    fn environment_and_descriptors_are_not_inherited() { Inherited }
    fn memory_and_queues_are_not_shared() { Shared }
    fn the_network_is_out_of_reach() { Network }
    fn other_processes_are_left_alone() { Processes }
    fn dangerous_system_calls_are_refused() { Calls }
    fn nothing_can_be_used_up() { Exhaustion }
    fn nothing_outlives_its_run() { Persistence }
    fn devices_are_closed() { Devices }
    fn the_judge_cannot_be_touched() { Judge }
}
