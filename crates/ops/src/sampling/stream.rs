//! A stream of random numbers for each element: Philox 4x32-10 with the place in the third and fourth counter words.

/// How often a rejection is tried at most. Each method accepts with a probability far above one half, so that nobody
/// meets the end.
pub const ROUNDS: u32 = 256;

/// Philox 4x32-10 of a counter and a key.
#[inline]
pub fn philox(mut c: [u32; 4], seed: u64) -> [u32; 4] {
    let (mut k0, mut k1) = (seed as u32, (seed >> 32) as u32);
    for _ in 0..10 {
        let p = 0xD251_1F53 * c[0] as u64;
        let q = 0xCD9E_8D57 * c[2] as u64;
        c = [(q >> 32) as u32 ^ c[1] ^ k0, q as u32, (p >> 32) as u32 ^ c[3] ^ k1, p as u32];
        k0 = k0.wrapping_add(0x9E37_79B9);
        k1 = k1.wrapping_add(0xBB67_AE85);
    }
    c
}

/// The numbers that belong to one block of the generator: those of the counters `(block, round, 1)`. Numbers that
/// are drawn without rejection have `(block, 0, 0)`.
pub struct Stream {
    seed: u64,
    block: u64,
    round: u32,
    second: bool,
    words: [u32; 4],
}

impl Stream {
    /// The stream of a block.
    #[inline]
    pub fn new(block: i64, seed: i64) -> Stream {
        Stream::at(block, seed, 0)
    }

    /// The stream of a block from a round on.
    #[inline]
    pub fn at(block: i64, seed: i64, round: u32) -> Stream {
        Stream { seed: seed as u64, block: block as u64, round, second: false, words: [0; 4] }
    }

    /// Two words.
    #[inline]
    pub fn pair(&mut self) -> [u32; 2] {
        if self.second {
            self.second = false;
            return [self.words[2], self.words[3]];
        }
        self.words = philox([self.block as u32, (self.block >> 32) as u32, self.round, 1], self.seed);
        self.round = self.round.wrapping_add(1);
        self.second = true;
        [self.words[0], self.words[1]]
    }

    /// 64 bits.
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b] = self.pair();
        (b as u64) << 32 | a as u64
    }

    /// In `[0, 1)`, with 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        let [a, b] = self.pair();
        (((a >> 5) as u64) << 26 | (b >> 6) as u64) as f64 * (1.0 / 9_007_199_254_740_992.0)
    }

    /// In `(0, 1)`, with 52 bits.
    #[inline]
    pub fn open(&mut self) -> f64 {
        let [a, b] = self.pair();
        ((((a >> 6) as u64) << 26 | (b >> 6) as u64) as f64 + 0.5) * (1.0 / 4_503_599_627_370_496.0)
    }

    /// Of mean 0 and variance 1, by Box-Muller.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        let u = self.open();
        let v = self.uniform();
        // The quarter turn is taken where it is exact.
        let quarter = (4.0 * v + 0.5).floor();
        let x = (v - 0.25 * quarter) * std::f64::consts::TAU;
        let cosine = match quarter as i32 & 3 {
            0 => x.cos(),
            1 => -x.sin(),
            2 => -x.cos(),
            _ => x.sin(),
        };
        (-2.0 * u.ln()).sqrt() * cosine
    }

    /// Below `bound`, each number alike: Lemire's method. 0 stands for `2^64`.
    #[inline]
    pub fn below(&mut self, bound: u64) -> u64 {
        let first = self.bits();
        self.below_from(first, bound)
    }

    /// The same with the first 64 bits at hand.
    #[inline]
    pub fn below_from(&mut self, first: u64, bound: u64) -> u64 {
        if bound == 0 {
            return first;
        }
        let mut product = first as u128 * bound as u128;
        if (product as u64) < bound {
            let least = bound.wrapping_neg() % bound;
            let mut round = 0;
            while (product as u64) < least && round < ROUNDS {
                product = self.bits() as u128 * bound as u128;
                round += 1;
            }
        }
        (product >> 64) as u64
    }
}

/// A number as int64: the nearest one that there is, and the smallest for NaN.
#[inline]
pub fn whole(x: f64) -> i64 {
    if x.is_nan() { i64::MIN } else { x as i64 }
}
