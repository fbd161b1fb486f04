//! The projects that are measured: a little Python whose failing case no edit mends, and one that a single edit mends.

use super::room::Room;

/// A module with enough places to edit for a few hundred candidates.
fn module() -> String {
    let mut text = String::new();
    for number in 0..24 {
        text += &format!(
            "def step_{number}(value, low, high):\n    if value < low + {number}:\n        return low\n    if high - {number} < value and low <= high:\n        return high\n    return value * 2 - {number}\n\n\n"
        );
    }
    text + "def walk(value):\n    for step in ["
        + &(0..24).map(|number| format!("step_{number}")).collect::<Vec<_>>().join(", ")
        + "]:\n        value = step(value, 0, 9)\n    return value\n"
}

/// A benchmark that costs next to nothing and never changes: what remains is the loop.
pub(super) fn nothing_to_gain(room: &Room, candidates: u32) -> Result<(), String> {
    begin(room)?;
    room.write("steps/walk.py", module().as_bytes())?;
    room.write("report.json", br#"{"cases": [{"id": "walks", "passed": true}, {"id": "flies", "passed": false}]}"#)?;
    room.write("kaizen.toml", config("cat report.json", "json", candidates).as_bytes())
}

/// The same code judged by Python's own tests, one of which asks for the impossible.
pub(super) fn impossible_unittest(room: &Room, candidates: u32) -> Result<(), String> {
    begin(room)?;
    room.write("steps/__init__.py", b"")?;
    room.write("steps/walk.py", module().as_bytes())?;
    room.write("tests/__init__.py", b"")?;
    let tests = "import unittest\nfrom steps.walk import walk\n\n\nclass WalkTest(unittest.TestCase):\n    def test_walks(self):\n        self.assertIsInstance(walk(3), int)\n\n    def test_flies(self):\n        self.assertEqual(walk(3), \"flying\")\n";
    room.write("tests/test_walk.py", tests.as_bytes())?;
    room.write("kaizen.toml", config("python3 -m unittest discover -s tests -t .", "unittest", candidates).as_bytes())
}

/// One slip that one edit mends: `<` where `<=` belongs.
pub(super) fn one_slip(room: &Room) -> Result<(), String> {
    begin(room)?;
    room.write("steps/__init__.py", b"")?;
    room.write("steps/age.py", b"def is_adult(age):\n    return 18 < age\n")?;
    room.write("tests/__init__.py", b"")?;
    let tests = "import unittest\nfrom steps.age import is_adult\n\n\nclass AgeTest(unittest.TestCase):\n    def test_young_and_old(self):\n        self.assertEqual([is_adult(17), is_adult(19)], [False, True])\n\n    def test_eighteen(self):\n        self.assertTrue(is_adult(18))\n";
    room.write("tests/test_age.py", tests.as_bytes())?;
    room.write("kaizen.toml", config("python3 -m unittest discover -s tests -t .", "unittest", 200).as_bytes())?;
    commit(room)
}

/// Files nobody edits, of bytes that do not compress.
pub(super) fn ballast(room: &Room, files: u32, bytes_each: usize) -> Result<(), String> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut content = vec![0; bytes_each];
    for number in 0..files {
        for word in content.chunks_mut(8) {
            state = scrambled(state);
            word.copy_from_slice(&state.to_le_bytes()[..word.len()]);
        }
        room.write(&format!("data/{:03}/{number}.bin", number % 200), &content)?;
    }
    Ok(())
}

/// Nothing but such files, as one commit.
pub(super) fn only_ballast(room: &Room, files: u32, bytes_each: usize) -> Result<(), String> {
    begin(room)?;
    ballast(room, files, bytes_each)?;
    commit(room)
}

/// The next of a sequence of well-mixed numbers (xorshift64, Marsaglia 2003).
pub(super) fn scrambled(mut state: u64) -> u64 {
    state ^= state << 13;
    state ^= state >> 7;
    state ^ (state << 17)
}

/// Everything as one commit.
pub(super) fn commit(room: &Room) -> Result<(), String> {
    room.git(&["add", "--all"])?;
    room.git(&["commit", "--quiet", "-m", "A project to measure"]).map(drop)
}

fn begin(room: &Room) -> Result<(), String> {
    room.git(&["init", "--quiet", "--initial-branch=main"]).map(drop)
}

fn config(command: &str, format: &str, candidates: u32) -> String {
    format!(
        "[project]\nname = \"bench\"\n\n[benchmark]\ncommand = \"{command}\"\nformat = \"{format}\"\n\n[levers.code]\nfiles = [\"steps/*.py\"]\n\n[propose]\nuse = [\"mutate\"]\n\n[limits]\nmax_candidates = {candidates}\n\n[gate]\ncanary_rate = 0\n"
    )
}
