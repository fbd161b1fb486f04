//! Headers of GGUF files: right ones, and ones made to hurt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use kaizen_llm::residency::gguf::{BadGguf, read, read_file, tensor_bytes};
use kaizen_llm::residency::size::CacheType;
use proptest::prelude::*;

fn text(value: &str) -> Vec<u8> {
    [&(value.len() as u64).to_le_bytes()[..], value.as_bytes()].concat()
}

/// An entry's value: its type and what follows.
fn string(value: &str) -> Vec<u8> {
    [&8_u32.to_le_bytes()[..], &text(value)].concat()
}

fn number(value: u32) -> Vec<u8> {
    [4_u32.to_le_bytes(), value.to_le_bytes()].concat()
}

fn list(values: &[i32]) -> Vec<u8> {
    let head = [&9_u32.to_le_bytes()[..], &5_u32.to_le_bytes(), &(values.len() as u64).to_le_bytes()].concat();
    values.iter().fold(head, |bytes, value| [&bytes[..], &value.to_le_bytes()].concat())
}

/// Type, dimensions.
type Tensor<'a> = (u32, &'a [u64]);

fn file(version: u32, entries: &[(&str, Vec<u8>)], tensors: &[Tensor<'_>]) -> Vec<u8> {
    let counts = [tensors.len() as u64, entries.len() as u64].map(u64::to_le_bytes).concat();
    let mut bytes = [&b"GGUF"[..], &version.to_le_bytes(), &counts].concat();
    for (key, value) in entries {
        bytes.extend(text(key));
        bytes.extend(value);
    }
    for (kind, shape) in tensors {
        bytes.extend(text("blk.0.weight"));
        bytes.extend((shape.len() as u32).to_le_bytes());
        shape.iter().for_each(|size| bytes.extend(size.to_le_bytes()));
        bytes.extend(kind.to_le_bytes());
        bytes.extend(0_u64.to_le_bytes());
    }
    bytes
}

/// The numbers come before the name of their architecture, which the format allows.
fn llama() -> Vec<(&'static str, Vec<u8>)> {
    let strings = [&9_u32.to_le_bytes()[..], &8_u32.to_le_bytes(), &2_u64.to_le_bytes(), &text("<s>"), &text("a")].concat();
    vec![
        ("llama.block_count", number(2)),
        ("llama.embedding_length", number(64)),
        ("llama.attention.head_count", number(4)),
        ("llama.attention.head_count_kv", list(&[2, 0])),
        ("general.architecture", string("llama")),
        ("tokenizer.ggml.tokens", strings),
        ("general.scale", [6_u32.to_le_bytes(), 1.5_f32.to_le_bytes()].concat()),
    ]
}

#[test]
fn a_header_tells_the_shape_and_what_its_tensors_weigh() {
    for version in [2, 3] {
        let header = read(&file(version, &llama(), &[(0, &[64, 10]), (12, &[256, 4]), (39, &[33])])[..]).unwrap();
        assert_eq!((header.weights, header.tensors), (64 * 10 * 4 + 4 * 144 + 2 * 17, 3));
        let shape = header.shape.unwrap();
        assert_eq!((shape.layers, shape.cached, shape.cache(8, 2, CacheType::F16)), (2, 2 * 32, 2 * 32 * 8 * 2 * 2));
    }
}

#[test]
fn a_file_that_is_shorter_than_its_tensors_is_damaged() {
    let room = tempfile::tempdir().unwrap();
    let path = room.path().join("model.gguf");
    std::fs::write(&path, file(3, &llama(), &[(0, &[1_000_000])])).unwrap();
    assert!(matches!(read_file(&path), Err(BadGguf::Damaged("its tensors are larger than the file"))));
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(4_001_000).unwrap();
    assert_eq!(read_file(&path).unwrap().weights, 4_000_000);
}

#[test]
fn what_is_no_gguf_of_today_is_refused_by_name() {
    for (bytes, said) in [
        (b"ELF and more".to_vec(), "its first bytes are others"),
        (file(1, &[], &[]), "another version"),
        (file(3_u32.swap_bytes(), &[], &[]), "it is big-endian"),
        (b"GGUF".to_vec(), "the header is cut off"),
        (file(3, &[], &[(77, &[1])]), "tensor type 77 is not known"),
    ] {
        let error = read(&bytes[..]).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn numbers_that_ask_for_all_memory_or_all_time_are_refused() {
    let most = u64::MAX.to_le_bytes();
    let entry = |value: Vec<u8>| file(3, &[("x", value)], &[]);
    // Deep enough to end any stack.
    let nested = [&9_u32.to_le_bytes()[..], &1_u64.to_le_bytes()].concat().repeat(400_000);
    let head = [&b"GGUF"[..], &3_u32.to_le_bytes()].concat();
    for (what, bytes) in [
        ("tensors", [&head[..], &most, &most].concat()),
        ("a key's length", [&head[..], &0_u64.to_le_bytes(), &1_u64.to_le_bytes(), &most].concat()),
        ("a string's length", entry([&8_u32.to_le_bytes()[..], &most].concat())),
        ("a list's length", entry([&9_u32.to_le_bytes()[..], &4_u32.to_le_bytes(), &most].concat())),
        ("a list of strings", entry([&9_u32.to_le_bytes()[..], &8_u32.to_le_bytes(), &most].concat())),
        ("nested lists", entry([&9_u32.to_le_bytes()[..], &nested].concat())),
        ("an entry's type", entry(99_u32.to_le_bytes().to_vec())),
        ("a tensor's dimensions", file(3, &[], &[(0, &[1; 9])])),
        ("a tensor's size", file(3, &[], &[(0, &[1 << 40, 1 << 40])])),
        ("all tensors' size", file(3, &[], &[(0, &[1 << 61]), (0, &[1 << 61]), (0, &[1 << 61])])),
    ] {
        assert!(matches!(read(&bytes[..]), Err(BadGguf::Damaged(_) | BadGguf::Cut)), "{what}: {:?}", read(&bytes[..]));
    }
}

#[test]
fn tensor_types_go_by_the_names_that_show_gives_them() {
    assert_eq!((tensor_bytes("Q4_K", &[256, 2]), tensor_bytes("f16", &[3]), tensor_bytes("Q9", &[1])), (Some(288), Some(6), None));
    assert_eq!(tensor_bytes("F32", &[u64::MAX, 2]), None);
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_bytes_whatsoever_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..600)) {
        drop(read(&[&b"GGUF\x03\0\0\0"[..], &bytes].concat()[..]));
        drop(read(&bytes[..]));
    }

    #[test]
    fn a_right_header_with_a_byte_changed_or_cut_off_never_makes_it_panic(at in 0_usize..400, byte in any::<u8>(), length in 0_usize..400) {
        let mut bytes = file(3, &llama(), &[(0, &[64, 10]), (12, &[256, 4])]);
        let (at, length) = (at % bytes.len(), length % bytes.len());
        prop_assert!(read(&bytes[..length]).is_err(), "cut at {}", length);
        bytes[at] = byte;
        drop(read(&bytes[..]));
    }

    #[test]
    fn weights_are_the_sum_over_the_tensors(rows in proptest::collection::vec(0_u64..1_000_000, 0..20)) {
        let shapes: Vec<[u64; 2]> = rows.iter().map(|rows| [32, *rows]).collect();
        let tensors: Vec<Tensor<'_>> = shapes.iter().map(|shape| (8, &shape[..])).collect();
        prop_assert_eq!(read(&file(3, &llama(), &tensors)[..]).unwrap().weights, rows.iter().sum::<u64>() * 34);
    }
}
