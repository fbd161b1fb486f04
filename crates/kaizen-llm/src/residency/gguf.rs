//! Reads the header of a GGUF file (versions 2 and 3, little endian): what the model is, and the bytes of its tensors.
//!
//! The file is not trusted: every length, count and depth is bounded, nothing is allocated because a number in the file says so, and
//! at most [`MOST_BYTES`] are read. Weights themselves are never read. Version 1 and big-endian files are refused by name.
//! Layout: ggml, docs/gguf.md.

use super::size::{Incomplete, Numbers, Shape};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

/// A header longer than this is none; the longest vocabularies take some ten MiB.
pub const MOST_BYTES: u64 = 256 << 20;

const MOST_ENTRIES: u64 = 1 << 20;
const MOST_DIMENSIONS: u32 = 8;
const MOST_NESTED: u32 = 4;
const LONGEST_NAME: u64 = 1 << 16;

/// Keys with numbers that are kept, and the longest list.
const MOST_KEPT: usize = 256;
const LONGEST_LIST: u64 = 4_096;

/// The keys a [`Shape`] is read from, without their architecture.
const KEPT: [&str; 7] = [
    ".block_count",
    ".context_length",
    ".embedding_length",
    ".attention.head_count",
    ".attention.head_count_kv",
    ".attention.key_length",
    ".attention.value_length",
];

/// Tensor types: number in the file, name, numbers per block, bytes per block (ggml.h, gguf-py's GGML_QUANT_SIZES).
const TYPES: [(u32, &str, u64, u64); 35] = [
    (0, "F32", 1, 4),
    (1, "F16", 1, 2),
    (2, "Q4_0", 32, 18),
    (3, "Q4_1", 32, 20),
    // Ollama's first files of gpt-oss.
    (4, "MXFP4", 32, 17),
    (6, "Q5_0", 32, 22),
    (7, "Q5_1", 32, 24),
    (8, "Q8_0", 32, 34),
    (9, "Q8_1", 32, 40),
    (10, "Q2_K", 256, 84),
    (11, "Q3_K", 256, 110),
    (12, "Q4_K", 256, 144),
    (13, "Q5_K", 256, 176),
    (14, "Q6_K", 256, 210),
    (15, "Q8_K", 256, 292),
    (16, "IQ2_XXS", 256, 66),
    (17, "IQ2_XS", 256, 74),
    (18, "IQ3_XXS", 256, 98),
    (19, "IQ1_S", 256, 50),
    (20, "IQ4_NL", 32, 18),
    (21, "IQ3_S", 256, 110),
    (22, "IQ2_S", 256, 82),
    (23, "IQ4_XS", 256, 136),
    (24, "I8", 1, 1),
    (25, "I16", 1, 2),
    (26, "I32", 1, 4),
    (27, "I64", 1, 8),
    (28, "F64", 1, 8),
    (29, "IQ1_M", 256, 56),
    (30, "BF16", 1, 2),
    (34, "TQ1_0", 256, 54),
    (35, "TQ2_0", 256, 66),
    (39, "MXFP4", 32, 17),
    (40, "NVFP4", 64, 36),
    (41, "Q1_0", 128, 18),
];

/// Why a file is no GGUF that can be read.
#[derive(Debug, thiserror::Error)]
pub enum BadGguf {
    /// Other bytes, another version or byte order.
    #[error("not a GGUF file of version 2 or 3: {0}")]
    Foreign(&'static str),
    /// It ends before its header does.
    #[error("the header is cut off")]
    Cut,
    /// A number in it cannot be.
    #[error("the header is damaged: {0}")]
    Damaged(&'static str),
    /// A tensor type that is newer than this program.
    #[error("tensor type {0} is not known")]
    TensorType(u32),
    /// The file cannot be read.
    #[error(transparent)]
    Unreadable(#[from] std::io::Error),
}

/// What a header says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// What decides the cache; files that are no language model (projectors of images, adapters) do not say it.
    pub shape: Result<Shape, Incomplete>,
    /// Bytes of all tensors.
    pub weights: u64,
    /// Tensors.
    pub tensors: u64,
}

/// Reads a file's header; the tensors it states must fit into the file.
pub fn read_file(path: &Path) -> Result<Header, BadGguf> {
    let file = File::open(path)?;
    let length = file.metadata()?.len();
    let header = read(BufReader::with_capacity(64 << 10, file))?;
    if header.weights > length {
        return Err(BadGguf::Damaged("its tensors are larger than the file"));
    }
    Ok(header)
}

/// Reads a header from the beginning of a file.
pub fn read(source: impl Read) -> Result<Header, BadGguf> {
    let mut input = Input { source: source.take(MOST_BYTES) };
    if input.bytes::<4>()? != *b"GGUF" {
        return Err(BadGguf::Foreign("its first bytes are others"));
    }
    match input.u32()? {
        2 | 3 => {}
        version if version.swap_bytes() <= 3 => return Err(BadGguf::Foreign("it is big-endian")),
        _ => return Err(BadGguf::Foreign("another version")),
    }
    let (tensors, entries) = (input.count("the number of tensors")?, input.count("the number of entries")?);
    let kept = input.entries(entries)?;
    let mut weights = 0_u64;
    for _ in 0..tensors {
        weights = weights.checked_add(input.tensor()?).ok_or(BadGguf::Damaged("the tensors' sizes"))?;
    }
    let shape = Shape::read(&kept.architecture, |key| kept.numbers.get(key).cloned());
    Ok(Header { shape, weights, tensors })
}

/// Bytes of a tensor by the name of its type, as `/api/show` tells; `None` for a type that is not known or a size that cannot be.
pub fn tensor_bytes(name: &str, dimensions: &[u64]) -> Option<u64> {
    let (_, _, block, bytes) = TYPES.iter().find(|(_, known, ..)| known.eq_ignore_ascii_case(name))?;
    size(dimensions, *block, *bytes)
}

fn size(dimensions: &[u64], block: u64, bytes: u64) -> Option<u64> {
    let numbers = dimensions.iter().try_fold(1_u64, |product, dimension| product.checked_mul(*dimension))?;
    numbers.div_ceil(block).checked_mul(bytes)
}

#[derive(Default)]
struct Kept {
    architecture: String,
    numbers: BTreeMap<String, Numbers>,
}

struct Input<R> {
    source: std::io::Take<R>,
}

impl<R: Read> Input<R> {
    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], BadGguf> {
        let mut bytes = [0; N];
        self.source.read_exact(&mut bytes).map_err(cut)?;
        Ok(bytes)
    }

    fn u32(&mut self) -> Result<u32, BadGguf> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, BadGguf> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn count(&mut self, what: &'static str) -> Result<u64, BadGguf> {
        let count = self.u64()?;
        if count <= MOST_ENTRIES { Ok(count) } else { Err(BadGguf::Damaged(what)) }
    }

    fn skip(&mut self, length: u64) -> Result<(), BadGguf> {
        let skipped = std::io::copy(&mut self.source.by_ref().take(length), &mut std::io::sink())?;
        if skipped == length { Ok(()) } else { Err(BadGguf::Cut) }
    }

    fn name(&mut self) -> Result<String, BadGguf> {
        let length = self.u64()?;
        if length > LONGEST_NAME {
            return Err(BadGguf::Damaged("the length of a name"));
        }
        let mut bytes = Vec::new();
        self.source.by_ref().take(length).read_to_end(&mut bytes)?;
        if (bytes.len() as u64) < length {
            return Err(BadGguf::Cut);
        }
        String::from_utf8(bytes).map_err(|_| BadGguf::Damaged("a name that is no UTF-8"))
    }

    fn entries(&mut self, entries: u64) -> Result<Kept, BadGguf> {
        let mut kept = Kept::default();
        for _ in 0..entries {
            let (key, kind) = (self.name()?, self.u32()?);
            if key == "general.architecture" && kind == STRING {
                kept.architecture = self.name()?;
            } else if KEPT.iter().any(|suffix| key.ends_with(suffix)) {
                if kept.numbers.len() >= MOST_KEPT {
                    return Err(BadGguf::Damaged("the number of entries"));
                }
                let numbers = self.numbers(kind)?;
                kept.numbers.insert(key, numbers);
            } else {
                self.pass(kind, 0)?;
            }
        }
        Ok(kept)
    }

    fn numbers(&mut self, kind: u32) -> Result<Numbers, BadGguf> {
        if kind != ARRAY {
            return Ok(Numbers::One(self.integer(kind)?));
        }
        let (kind, length) = (self.u32()?, self.u64()?);
        if length > LONGEST_LIST {
            return Err(BadGguf::Damaged("the length of a list"));
        }
        let mut values = Vec::new();
        for _ in 0..length {
            values.push(self.integer(kind)?);
        }
        Ok(Numbers::Each(values))
    }

    fn integer(&mut self, kind: u32) -> Result<u64, BadGguf> {
        let signed = |value: i64| u64::try_from(value).map_err(|_| BadGguf::Damaged("a number below zero"));
        match kind {
            0 => Ok(self.bytes::<1>()?[0].into()),
            1 => signed(i8::from_le_bytes(self.bytes()?).into()),
            2 => Ok(u16::from_le_bytes(self.bytes()?).into()),
            3 => signed(i16::from_le_bytes(self.bytes()?).into()),
            4 => Ok(self.u32()?.into()),
            5 => signed(i32::from_le_bytes(self.bytes()?).into()),
            10 => self.u64(),
            11 => signed(i64::from_le_bytes(self.bytes()?)),
            _ => Err(BadGguf::Damaged("a number of another type")),
        }
    }

    /// Reads past a value.
    fn pass(&mut self, kind: u32, depth: u32) -> Result<(), BadGguf> {
        if let Some(width) = width(kind) {
            return self.skip(width);
        }
        match kind {
            STRING => {
                let length = self.u64()?;
                self.skip(length)
            }
            ARRAY if depth < MOST_NESTED => self.pass_list(depth),
            ARRAY => Err(BadGguf::Damaged("lists inside lists")),
            _ => Err(BadGguf::Damaged("the type of an entry")),
        }
    }

    fn pass_list(&mut self, depth: u32) -> Result<(), BadGguf> {
        let (kind, length) = (self.u32()?, self.u64()?);
        if let Some(width) = width(kind) {
            return self.skip(length.checked_mul(width).ok_or(BadGguf::Damaged("the length of a list"))?);
        }
        // Every element takes at least eight bytes, so that the bound on all bytes ends this loop.
        for _ in 0..length {
            self.pass(kind, depth + 1)?;
        }
        Ok(())
    }

    fn tensor(&mut self) -> Result<u64, BadGguf> {
        let length = self.u64()?;
        if length > LONGEST_NAME {
            return Err(BadGguf::Damaged("the length of a name"));
        }
        self.skip(length)?;
        let count = self.u32()?;
        if count > MOST_DIMENSIONS {
            return Err(BadGguf::Damaged("the dimensions of a tensor"));
        }
        let dimensions = (0..count).map(|_| self.u64()).collect::<Result<Vec<_>, _>>()?;
        let kind = self.u32()?;
        // Its offset.
        self.u64()?;
        let known = TYPES.iter().find(|(number, ..)| *number == kind);
        let (_, _, block, bytes) = known.ok_or(BadGguf::TensorType(kind))?;
        size(&dimensions, *block, *bytes).ok_or(BadGguf::Damaged("the size of a tensor"))
    }
}

const STRING: u32 = 8;
const ARRAY: u32 = 9;

/// Bytes of a value whose type has a fixed width.
fn width(kind: u32) -> Option<u64> {
    match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    }
}

fn cut(error: std::io::Error) -> BadGguf {
    if error.kind() == std::io::ErrorKind::UnexpectedEof { BadGguf::Cut } else { BadGguf::Unreadable(error) }
}
