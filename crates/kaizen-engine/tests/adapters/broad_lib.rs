//! The library of the broad test crate: every kind of unit and documentation test, every way to end. Not compiled here.

/// ```
/// assert_eq!(my_crate::add(1, 2), 3);
/// ```
/// ```compile_fail
/// my_crate::nope();
/// ```
/// ```should_panic
/// panic!();
/// ```
/// ```ignore
/// panic!();
/// ```
pub fn add(a: i32, b: i32) -> i32 {
    a + b
}

/// ```
/// assert_eq!(my_crate::sub(1, 2), 1);
/// ```
pub fn sub(a: i32, b: i32) -> i32 {
    a - b
}

#[cfg(test)]
mod tests {
    #[test]
    fn good() {}

    #[test]
    fn bad() {
        println!("test tests::bad ... ok");
        assert_eq!(1, 2);
    }

    #[test]
    #[should_panic]
    fn should_panic() {
        panic!()
    }

    #[test]
    #[ignore = "slow"]
    fn ignored() {}

    #[test]
    fn noisy() {
        use std::io::Write;
        std::process::Command::new("echo").arg("from a child").status().unwrap();
        std::io::stdout().write_all(b"raw bytes").unwrap();
    }

    #[test]
    fn result() -> Result<(), String> {
        Err("went wrong".into())
    }
}
