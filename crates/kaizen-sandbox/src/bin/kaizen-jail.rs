//! The holder as a program of its own, for tests and for engines that cannot execute themselves again.

fn main() {
    kaizen_sandbox::helper::helper_main()
}
