//! How much memory a model takes: its weights, and the cache of keys and values that grows with context and parallel requests.
//!
//! Everything comes from numbers the model's file states of itself; a model's name says nothing here. What a runner takes beside
//! the two (its compute buffers, the state of recurrent layers, some hundred MiB together) is what the tenth below the cap is for.

use std::fmt;

/// Layers a model may have; more is no model.
const MOST_LAYERS: u64 = 4_096;

/// The largest head count, head length or context that is believed.
const MOST: u64 = 1 << 32;

/// A number of a header, for all layers or for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Numbers {
    /// The same for every layer.
    One(u64),
    /// One per layer.
    Each(Vec<u64>),
}

/// How the cache keeps a number (Ollama: `OLLAMA_KV_CACHE_TYPE`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CacheType {
    /// Two bytes.
    #[default]
    F16,
    /// 34 bytes for 32 numbers.
    Q8_0,
    /// 18 bytes for 32 numbers.
    Q4_0,
}

impl CacheType {
    /// Every kind with the name Ollama gives it.
    pub const ALL: [(&'static str, Self); 3] = [("f16", Self::F16), ("q8_0", Self::Q8_0), ("q4_0", Self::Q4_0)];

    fn bytes(self, numbers: u64) -> u64 {
        let blocks = numbers.div_ceil(32);
        match self {
            Self::F16 => numbers.saturating_mul(2),
            Self::Q8_0 => blocks.saturating_mul(34),
            Self::Q4_0 => blocks.saturating_mul(18),
        }
    }
}

/// What of a model decides the size of its cache.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// `llama`, `qwen2`...
    pub architecture: String,
    /// Blocks.
    pub layers: u64,
    /// The context it was trained for, in tokens, where it says so.
    pub trained: Option<u64>,
    /// Numbers cached per token, over all layers.
    pub cached: u64,
}

/// A header that does not say what is needed, or says what cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incomplete {
    /// The key.
    pub key: String,
    /// `is missing`, `is out of range`.
    pub fault: &'static str,
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.key, self.fault)
    }
}

impl Shape {
    /// Reads the keys of GGUF's specification (ggml, docs/gguf.md, "LLM" and "Attention"); `number` finds `ARCHITECTURE.KEY`.
    ///
    /// A head's length is `key_length` and `value_length`, else the embedding's length divided by the heads; without
    /// `head_count_kv` every head has keys and values of its own, as the specification says.
    ///
    /// Errors: what is missing or cannot be.
    pub fn read(architecture: &str, number: impl Fn(&str) -> Option<Numbers>) -> Result<Self, Incomplete> {
        let find = |key: &str| number(&format!("{architecture}.{key}"));
        let wrong = |key: &str, fault| Incomplete { key: format!("{architecture}.{key}"), fault };
        let one = |key: &str| match find(key) {
            Some(Numbers::One(value)) if value <= MOST => Ok(Some(value)),
            Some(_) => Err(wrong(key, "is out of range")),
            None => Ok(None),
        };
        let layers = one("block_count")?.ok_or_else(|| wrong("block_count", "is missing"))?;
        if layers == 0 || layers > MOST_LAYERS {
            return Err(wrong("block_count", "is out of range"));
        }
        let heads = find("attention.head_count");
        let derived = match (&heads, one("embedding_length")?) {
            (Some(heads), Some(embedding)) => least(heads).and_then(|heads| embedding.checked_div(heads)),
            _ => None,
        };
        let length = |key: &str| Ok(one(key)?.or(derived).ok_or_else(|| wrong(key, "is missing")));
        let (keys, values) = (length("attention.key_length")??, length("attention.value_length")??);
        let kv = find("attention.head_count_kv").or(heads).ok_or_else(|| wrong("attention.head_count_kv", "is missing"))?;
        let heads = total(&kv, layers).ok_or_else(|| wrong("attention.head_count_kv", "is out of range"))?;
        let cached = heads.checked_mul(keys + values).ok_or_else(|| wrong("attention.head_count_kv", "is out of range"))?;
        Ok(Self { architecture: architecture.to_owned(), layers, trained: one("context_length")?, cached })
    }

    /// Bytes of the cache: layers × heads of keys and values × (length of a key + of a value) × context × parallel requests × bytes of
    /// a number. Where keys and values are equally long that is 2 × layers × kv_heads × head_dim × context × parallel × bytes, the size
    /// llama.cpp allocates at start (`llama_kv_cache`: `k_l` and `v_l` of n_embd_k_gqa and n_embd_v_gqa × kv_size per layer).
    ///
    /// A context beyond the trained one counts as that, because Ollama cuts it there. Layers that look back only a window (Gemma) take
    /// less than this.
    pub fn cache(&self, context: u64, parallel: u64, kind: CacheType) -> u64 {
        let context = self.trained.map_or(context, |trained| context.min(trained));
        kind.bytes(self.cached.saturating_mul(context).saturating_mul(parallel.max(1)))
    }
}

/// The smallest count above zero: layers without attention state zero heads.
fn least(numbers: &Numbers) -> Option<u64> {
    match numbers {
        Numbers::One(value) => Some(*value),
        Numbers::Each(values) => values.iter().copied().filter(|value| *value > 0).min(),
    }
}

/// Over all layers; a list has one number for each.
fn total(numbers: &Numbers, layers: u64) -> Option<u64> {
    let sum = match numbers {
        Numbers::One(value) => value.checked_mul(layers)?,
        Numbers::Each(values) if values.len() as u64 == layers => values.iter().try_fold(0_u64, |sum, value| sum.checked_add(*value))?,
        Numbers::Each(_) => return None,
    };
    (sum <= MOST).then_some(sum)
}

#[cfg(test)]
mod tests {
    use super::*;

    const GIB: u64 = 1 << 30;

    fn shape(numbers: &[(&str, Numbers)]) -> Result<Shape, Incomplete> {
        Shape::read("llama", |key| numbers.iter().find(|(name, _)| format!("llama.{name}") == key).map(|(_, value)| value.clone()))
    }

    fn llama_8b() -> Vec<(&'static str, Numbers)> {
        vec![
            ("block_count", Numbers::One(32)),
            ("embedding_length", Numbers::One(4_096)),
            ("attention.head_count", Numbers::One(32)),
            ("attention.head_count_kv", Numbers::One(8)),
            ("context_length", Numbers::One(131_072)),
        ]
    }

    #[test]
    fn an_8b_of_32_layers_and_8_kv_heads_of_128_caches_a_gibibyte_for_8192_tokens() {
        let shape = shape(&llama_8b()).unwrap();
        assert_eq!(shape.cache(8_192, 1, CacheType::F16), GIB);
        assert_eq!(shape.cache(2_048, 4, CacheType::F16), GIB);
        assert_eq!(shape.cache(8_192, 1, CacheType::Q8_0), GIB / 2 * 34 / 32);
        assert_eq!(shape.cache(8_192, 1, CacheType::Q4_0), GIB / 2 * 18 / 32);
    }

    #[test]
    fn a_context_beyond_the_trained_one_counts_as_the_trained_one() {
        let shape = shape(&llama_8b()).unwrap();
        assert_eq!(shape.cache(1 << 40, 1, CacheType::F16), shape.cache(131_072, 1, CacheType::F16));
    }

    #[test]
    fn layers_without_attention_cache_nothing() {
        let mut numbers = llama_8b();
        numbers[0].1 = Numbers::One(4);
        numbers[3].1 = Numbers::Each(vec![0, 8, 0, 8]);
        assert_eq!(shape(&numbers).unwrap().cached, 16 * 256);
        numbers[3].1 = Numbers::Each(vec![8, 8]);
        assert_eq!(shape(&numbers).unwrap_err().to_string(), "llama.attention.head_count_kv is out of range");
    }

    #[test]
    fn stated_lengths_win_over_the_derived_one_and_without_kv_heads_every_head_has_its_own() {
        let mut numbers = llama_8b();
        numbers.remove(3);
        numbers.push(("attention.key_length", Numbers::One(192)));
        numbers.push(("attention.value_length", Numbers::One(64)));
        assert_eq!(shape(&numbers).unwrap().cached, 32 * 32 * 256);
    }

    #[test]
    fn what_is_missing_is_named() {
        assert_eq!(shape(&llama_8b()[1..]).unwrap_err().to_string(), "llama.block_count is missing");
        assert_eq!(shape(&llama_8b()[..1]).unwrap_err().to_string(), "llama.attention.key_length is missing");
    }

    #[test]
    fn numbers_no_model_has_are_refused_and_never_overflow() {
        for (at, value) in [(0, u64::MAX), (0, 0), (1, u64::MAX), (3, u64::MAX)] {
            let mut numbers = llama_8b();
            numbers[at].1 = Numbers::One(value);
            assert_eq!(shape(&numbers).unwrap_err().fault, "is out of range", "{} = {value}", numbers[at].0);
        }
        let mut numbers = llama_8b();
        numbers[4].1 = Numbers::One(MOST);
        assert_eq!(shape(&numbers).unwrap().cache(u64::MAX, u64::MAX, CacheType::F16), u64::MAX);
    }
}
