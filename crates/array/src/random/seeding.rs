//! From seeds to keys: numbers of any size and lists of them, mixed so that near seeds give far keys.
//!
//! The mixing is the one of M. E. O'Neill's `seed_seq` that NumPy's `SeedSequence` documents, so the words are NumPy's.

const INIT_A: u32 = 0x43b0_d7e5;
const MULT_A: u32 = 0x931e_8875;
const INIT_B: u32 = 0x8b51_f9dd;
const MULT_B: u32 = 0x58f3_8ded;
const MIX_L: u32 = 0xca01_f9dd;
const MIX_R: u32 = 0x4973_f715;

fn hash(value: u32, constant: &mut u32) -> u32 {
    let value = value ^ *constant;
    *constant = constant.wrapping_mul(MULT_A);
    let value = value.wrapping_mul(*constant);
    value ^ value >> 16
}

fn mix(x: u32, y: u32) -> u32 {
    let result = MIX_L.wrapping_mul(x).wrapping_sub(MIX_R.wrapping_mul(y));
    result ^ result >> 16
}

/// The words that hold entropy, `pool_size` of them.
pub fn pool(entropy: &[u32], spawn_key: &[u32], pool_size: usize) -> Vec<u32> {
    // A spawn key must not look like a part of short entropy.
    let mut source = entropy.to_vec();
    if !spawn_key.is_empty() && source.len() < pool_size {
        source.resize(pool_size, 0);
    }
    source.extend_from_slice(spawn_key);

    let mut constant = INIT_A;
    let mut pool: Vec<u32> = (0..pool_size).map(|k| hash(source.get(k).copied().unwrap_or(0), &mut constant)).collect();
    for from in 0..pool_size {
        for to in (0..pool_size).filter(|&to| to != from) {
            pool[to] = mix(pool[to], hash(pool[from], &mut constant));
        }
    }
    for &word in source.iter().skip(pool_size) {
        for slot in &mut pool {
            *slot = mix(*slot, hash(word, &mut constant));
        }
    }
    pool
}

/// The words that entropy gives: `pool_size` of them hold it, `n_words` are made of these.
pub fn words(entropy: &[u32], spawn_key: &[u32], pool_size: usize, n_words: usize) -> Vec<u32> {
    let pool = pool(entropy, spawn_key, pool_size);
    let mut constant = INIT_B;
    let next = |word: &u32| {
        let value = word ^ constant;
        constant = constant.wrapping_mul(MULT_B);
        let value = value.wrapping_mul(constant);
        value ^ value >> 16
    };
    pool.iter().cycle().take(n_words).map(next).collect()
}

/// The key of a seed of several words.
pub fn key(entropy: &[u32], spawn_key: &[u32]) -> u64 {
    match words(entropy, spawn_key, 4, 2)[..] {
        [low, high] => (high as u64) << 32 | low as u64,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_numpy() {
        assert_eq!(words(&[5], &[], 4, 3), [16_823_399, 2_940_995_229, 2_290_007_392]);
    }
}
